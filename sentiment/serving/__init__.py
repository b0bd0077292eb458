"""The server behind `service.py`: queue, runner, HTTP, metrics.

`http` speaks the contract, `runner` batches, `queue` decides what is next,
`openapi` describes, `metrics` counts. Nothing here knows how a model is
trained or stored.
"""
