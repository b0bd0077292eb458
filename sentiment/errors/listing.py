"""Values as a list in a message: few of them, and long ones cut."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice


def listed(values: Iterable[object], most: int = 5) -> str:
    """Return values as a list for a message: at most `most` of them, long ones cut.

    The number of the others is told, so that a message is short whatever the data.
    """
    rest = iter(values)
    shown = [brief(value) for value in islice(rest, most)]
    more = sum(1 for _ in rest)
    return f"[{', '.join(shown)}{f', … {more:,} more' if more else ''}]"


def listed_counts(counts: Mapping[str, int], most: int = 5) -> str:
    """Return the values with the largest counts for a message: `'a' 3, 'b' 2 and 7 more`."""
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    shown = [f"{brief(value)} {counts[value]:,}" for value in ordered[:most]]
    more = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def brief(value: object, most: int = 60) -> str:
    """Return a value for a message, cut if it has more than `most` characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= most else f"{value[:most]}…")
    shown = repr(value)
    return shown if len(shown) <= most else f"{shown[:most]}…"


def any_of(remedies: Sequence[str]) -> str:
    """Return remedies as a sentence that leaves the choice: `A, b, or c.`"""
    *first, last = remedies
    return f"{', '.join(first)}, or {last}." if first else f"{last}."
