"""The result of the benchmark of preparation: docs/benchmarks/preparation.json."""

from typing import TypedDict

from benchmarks.machine import Machine


class Run(TypedDict):
    """One process that loads the corpus."""

    seconds: float
    """From the settings to the corpus; the start of Python is not in it."""
    peak_mb: float
    """The peak of resident memory of the process, mapped files included."""
    helper_peak_mb: float
    """The same of the largest of the processes that clean for it; 0 without any."""


class Result(Machine):
    """The whole result."""

    rows: int
    megabytes: float
    """The size of the file."""
    helpers: int
    """Processes that clean beside the one that reads."""
    first: Run
    again: Run
