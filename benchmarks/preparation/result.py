"""The result of the benchmark of preparation: docs/benchmarks/preparation.json."""

from typing import TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One process that loads the corpus."""

    seconds: float
    """From the settings to the corpus; the start of Python is not in it."""
    peak_mb: float
    """The peak of resident memory of the process and of those that clean for it, together;
    mapped files are in it."""


class Result(Machine):
    """The whole result."""

    rows: int
    megabytes: float
    """The size of the file."""
    first: Run
    again: Run
