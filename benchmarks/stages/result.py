"""The result of the benchmark of stages, as its JSON file has it."""

from typing import TypedDict

from benchmarks.answers import Figures
from benchmarks.machine import Machine


class Row(Figures):
    """One way to answer texts."""

    way: str
    failures: float
    """Mean failure rate of the suite's abilities."""
    work: float
    """Work for a test review as a share of the encoder's on a text that it reads in full."""


class Tried(TypedDict):
    """All ways, tried on one model."""

    name: str
    """What its recipe is called, or what the command line calls it."""
    model: str
    validation_texts: int
    test_texts: int
    pruned_ngrams: int
    """Weights of n-grams that all edited pairs together set to zero."""
    rows: list[Row]


class Result(Machine):
    """All ways, tried on each model."""

    models: list[Tried]
