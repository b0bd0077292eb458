"""The result of the benchmark of explanations, as its JSON file has it."""

from typing import TypedDict

from benchmarks.machine import Machine


class Deletion(TypedDict):
    """What deleting words does to the probability of the label, as means over texts."""

    texts: int
    words: int
    named: float
    """How far it falls without the words named most."""
    random: float
    """How far it falls without as many words at random."""
    flipped_named: float
    """Share of texts that get another label without the words named most."""
    flipped_random: float


class Slowing(TypedDict):
    """What explanations take from plain callers."""

    callers: int
    alone: float
    """Plain texts a second without explanations: the median of the turns."""
    beside: float
    """The same with explanations."""
    parts: float
    """Texts without one of their parts that were computed a second, for explanations."""


class Result(Machine):
    """Both parts, measured with one model."""

    model: str
    deletion: Deletion
    slowing: list[Slowing]
