"""Measurements that take minutes and a quiet machine: engine, serving, training.

Each prints a table and, as its last line, the same as JSON. `make bench` runs
all three and writes docs/benchmarks.md.
"""
