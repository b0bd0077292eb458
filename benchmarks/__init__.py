"""Measurements that take minutes and a quiet machine: engine, scoring, serving.

Each prints a table and, as its last line, the same as JSON.
"""
