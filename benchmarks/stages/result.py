"""The result of the benchmark of stages, as its JSON file has it."""

from typing import TypedDict

from benchmarks.machine import Machine


class Row(TypedDict):
    """One way to answer texts."""

    way: str
    accuracy: float
    """Of the test reviews."""
    calibration_error: float
    pairs_right: float
    """Share of the suite's edited pairs in plain words both of whose sides are right."""
    implied_right: float
    """The same of the pairs whose verdict has to be inferred."""
    work: float
    """Work for a test review as a share of the encoder's on a text that it reads in full."""


class Result(Machine):
    """All ways, tried on one model."""

    model: str
    recipe: str
    validation_texts: int
    test_texts: int
    rows: list[Row]
