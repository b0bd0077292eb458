"""The result of the attacks: the structure of docs/benchmarks/fire.json."""

from typing import TypedDict

from benchmarks.machine import Machine


class Row(TypedDict):
    """One attack."""

    done: str
    promised: str
    seen: str
    held: bool
    """Whether what was seen is what is promised."""
    peak_mb: float
    """The most memory that the attacked worker had resident meanwhile."""


class Result(Machine):
    """All attacks, in the order in which they were made."""

    model: str
    scale: str
    """`full`, or `quick`, which shows little of what takes time."""
    minutes: float
    rows: list[Row]
