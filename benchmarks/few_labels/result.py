"""The result of the benchmark of few labels: the structure of docs/benchmarks/few_labels.json."""

from typing import TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One training on a draw."""

    source: str
    rows: int
    """Texts of each label."""
    draw: int
    trainer: str
    """`sentiment`, which compares methods; `fine-tuning`, which does not; or `setfit`."""
    method: str
    """By which the model was trained."""
    accuracy: float
    seconds: float
    """Of the comparison and the training, with the encoder already on the disk."""


class Result(Machine):
    """All runs, in the order in which they were made."""

    base_model: str
    max_length: int
    test_texts: int
    setfit: dict[str, str]
    """The versions of SetFit and what it is made of; empty if it was left out."""
    runs: list[Run]
