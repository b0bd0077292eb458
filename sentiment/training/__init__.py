"""Fine-tuning: from settings to a calibrated model in the store.

`pipeline` is the entry point. `loop` takes the steps, `batches` orders the texts,
`checkpoint` saves and restores a run, `classifier` makes the model, and `hardware`
describes what it all runs on.
"""
