"""What an attack is: a function that attacks a server and says what it saw."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.fire.target import Target


class Seen(NamedTuple):
    """What an attack saw, and whether that is what is promised."""

    text: str
    held: bool


@dataclass(frozen=True)
class Scale:
    """How much of everything is sent."""

    name: str
    bodies: int
    """Hostile bodies made by a grammar."""
    examples: int
    """Examples of schemathesis for each operation."""
    requests: int
    """Requests of the load above what the server can do."""
    mixed_s: float
    """Seconds of mixed traffic; the first two minutes, or half, are left out of the growth."""
    many: int
    """Connections, or unfinished bodies, at once."""


FULL = Scale("full", 10_000, 500, 100_000, 480, 120)
QUICK = Scale("quick", 300, 20, 2_000, 40, 30)

Run = Callable[[Target, Scale], Seen]


@dataclass(frozen=True)
class Attack:
    """An attack, with the sentences that stand in the table."""

    done: str
    promised: str
    run: Run


def attack(done: str, promised: str) -> Callable[[Run], Attack]:
    """Make an attack of a function that runs it."""
    return lambda run: Attack(done, promised, run)
