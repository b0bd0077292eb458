"""Fine-tuning: from settings to a calibrated model in the store.

`pipeline` is the way in. `loop` steps, `batches` orders, `checkpoint` remembers,
`encoder` makes the model, `hardware` says what it all runs on.
"""
