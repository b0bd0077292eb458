"""What the benchmark of scoring found: the shape of docs/benchmarks/scoring.json."""

from typing import Any, TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One run of `predict.py`, from the start of its process to the end."""

    texts: int
    seconds: float
    texts_per_s: float
    peak_mb: float
    """Resident memory at its peak."""


class Summary(TypedDict):
    """The measurements, and what they are to each other."""

    engine_texts_per_s: list[dict[str, float]]
    """Before and after the command, by the budget of a micro-batch in padded tokens."""
    ceiling: float
    """Texts per second of the engine by itself: the best budget, before and after averaged."""
    runs: list[Run]
    """On the corpus, and on the larger one."""
    of_ceiling: float
    steady_texts_per_s: float
    """Of the texts that the larger corpus has more: without start and end."""
    steady_of_ceiling: float
    peak_growth: float


class Result(Machine, Summary):
    """The whole result."""

    model: str
    engine: dict[str, Any]
    """The fields of `EngineInfo`."""
