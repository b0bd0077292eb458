"""The result of the benchmark of training: the structure of docs/benchmarks/training.json."""

from typing import Any, TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One epoch of a loop."""

    loop: str
    seconds: float
    tokens_per_s: float
    """Tokens of the texts per second, without padding."""
    padding: float
    """The share of padding in the tokens computed."""
    accuracy: float
    """The accuracy of the model after the epoch, on the validation split."""


class Result(Machine):
    """The runs of our loop, Trainer, and Trainer grouped by length, in this order."""

    settings: dict[str, Any]
    """The settings that decide the trained weights."""
    runs: list[Run]
