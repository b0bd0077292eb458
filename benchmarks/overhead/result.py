"""The result of the benchmark of overhead, as its JSON file has it."""

from typing import TypedDict

from benchmarks.machine import Machine


class Row(TypedDict):
    """One server at one number of callers: medians over the turns."""

    name: str
    concurrency: int
    per_s: float
    p50_ms: float
    core_ms: float
    ratio: float
    """Answers a second, as a multiple of what the plain server did in the same turn."""
    spread: list[float]
    """The quartiles of this ratio over the turns, the lower and the upper."""
    cpu_ratio: float
    """CPU time of an answer, as a multiple of the plain server's in the same turn."""
    others: int
    """Replies that were not right."""


class Result(Machine):
    """All servers, the plain one first."""

    model: str
    turns: int
    before: str
    """The commit of the earlier code that was measured too, empty without one."""
    rows: list[Row]
