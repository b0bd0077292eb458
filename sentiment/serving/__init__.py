"""The server behind `service.py`: queue, runner, HTTP, metrics.

`http` implements the HTTP contract, `runner` computes micro-batches, `queue` decides
which texts are next, `openapi` describes the routes, and `metrics` counts. Nothing here
depends on how a model is trained or stored.
"""
