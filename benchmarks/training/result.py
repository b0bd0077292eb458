"""What the benchmark of training found: the shape of docs/benchmarks/training.json."""

from typing import Any, TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One epoch of a loop."""

    loop: str
    seconds: float
    tokens_per_s: float
    """Of the texts, without padding."""
    padding: float
    """The share of padding in what was computed."""
    accuracy: float
    """Of the model after the epoch, on the validation split."""


class Result(Machine):
    """Our loop, Trainer, and Trainer grouped by length, in this order."""

    settings: dict[str, Any]
    """The settings that decide the trained weights."""
    runs: list[Run]
