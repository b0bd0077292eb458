"""Measurements that take minutes and a quiet machine: engine, serving, scoring, training.

One package each: `python -m benchmarks.NAME` measures (`measure.py`) and writes the
result to `docs/benchmarks/NAME.json`, whose shape is `result.py`. What was asked for
(`goals.py`) and what the page shows (`tables.py`) are functions of that result.
"""
