"""The result of the benchmark of few labels: the structure of docs/benchmarks/few_labels.json."""

from typing import TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One training on a draw."""

    base_model: str
    """The encoder, `packaged` or `mpnet`, of all trainers alike."""
    max_length: int
    """Tokens that are read of a text."""
    test_texts: int
    """Held-out texts, of which the accuracy is."""
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
    """Of the training, with the encoder on the disk; ours compares, and stores the model, too."""
    core_seconds: float
    """Of a core, for the same: what others do on the machine hardly changes it."""
    commit: str
    """Of the code that made the run."""


class Result(Machine):
    """All runs, in the order in which they were made; the machine is that of the last ones."""

    setfit: dict[str, str]
    """The versions of SetFit and what it is made of; empty if it was left out."""
    runs: list[Run]
