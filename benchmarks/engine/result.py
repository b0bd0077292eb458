"""What the benchmark of the engine found: the shape of docs/benchmarks/engine.json."""

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
    """With all streams busy."""
    latency_ms: float
    """Of one batch while no other is computed."""


class MixedLength(TypedDict):
    """Reviews of mixed length in micro-batches of at most `budget` padded tokens."""

    engine: str
    budget: int
    texts_per_s: float


class Result(Machine):
    """All engines, the reference first."""

    model: str
    max_length: int
    """Tokens that a review of mixed length is cut at."""
    fixed: list[FixedLength]
    mixed: list[MixedLength]
