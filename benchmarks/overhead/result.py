"""The result of the benchmark of overhead, as its JSON file has it."""

from typing import Literal, TypedDict

from benchmarks.machine import Machine

Engine = Literal["the model's", "none"]


class Row(TypedDict):
    """One server beside the plain one, with as many callers each: medians over the turns."""

    name: str
    engine: Engine
    """Without one, only what the server itself costs is left."""
    concurrency: int
    core_ms: float
    """CPU time of an answer."""
    rate: float
    """Answers a second, as a multiple of those of the plain server at the same time."""
    rate_quartiles: list[float]
    """The lower and the upper one, over the turns."""
    cpu: float
    """CPU time of an answer, as a multiple of the plain server's at the same time."""
    cpu_quartiles: list[float]
    others: int
    """Replies of both that were not right."""


class Result(Machine):
    """All servers but the plain one."""

    model: str
    turns: int
    before: str
    """The commit of the earlier code that was measured too, empty without one."""
    rows: list[Row]
