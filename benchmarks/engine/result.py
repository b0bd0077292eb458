"""The result of the engine's benchmark: the structure of docs/benchmarks/engine.json."""

from typing import TypedDict

from benchmarks.machine import Machine

EAGER = "torch eager fp32"
"""The engine that the others are compared with."""


class FixedLength(TypedDict):
    """Batches of `batch` texts that all have `length` tokens."""

    engine: str
    length: int
    batch: int
    texts_per_s: float
    """Measured with all streams busy."""
    latency_ms: float
    """The time of one batch while no other is computed."""


class MixedLength(TypedDict):
    """Reviews of mixed length in micro-batches of at most `budget` padded tokens."""

    engine: str
    budget: int
    texts_per_s: float


class Result(Machine):
    """The figures of all engines, the reference first."""

    model: str
    max_length: int
    """The number of tokens to which reviews of mixed length are cut."""
    fixed: list[FixedLength]
    mixed: list[MixedLength]
