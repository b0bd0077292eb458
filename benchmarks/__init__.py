"""Measurements that take minutes and a quiet machine: engine, serving, models, scoring, training.

Each benchmark is a package. `python -m benchmarks.NAME` measures (`measure.py`) and writes
the result to `docs/benchmarks/NAME.json`, whose structure is in `result.py`. From that result
`goals.py` says which goals are met, and `tables.py` makes what docs/benchmarks.md shows.
"""
