"""The result of the benchmark of scoring: the structure of docs/benchmarks/scoring.json."""

from typing import Any, TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One run of `predict.py`, from the start of its process to the end."""

    texts: int
    seconds: float
    texts_per_s: float
    peak_mb: float
    """The peak of resident memory."""


class Summary(TypedDict):
    """The measurements and their ratios."""

    engine_texts_per_s: list[dict[str, float]]
    """The engine before and after the command, by the budget of a micro-batch in padded tokens."""
    ceiling: float
    """Texts per second of the engine by itself: its best budgets, before and after, averaged."""
    runs: list[Run]
    """The run on the corpus, and the run on the larger one."""
    of_ceiling: float
    steady_texts_per_s: float
    """Extra texts of the larger corpus per extra second, which leaves out start and end."""
    steady_of_ceiling: float
    peak_growth: float


class Result(Machine, Summary):
    """The whole result."""

    model: str
    engine: dict[str, Any]
    """The fields of `EngineInfo`."""
