"""What was found out about data while they were read, to be told to whoever uses them."""

from dataclasses import dataclass, field


@dataclass
class Findings:
    """Counts and remarks; each step of loading adds its own."""

    empty: int = 0
    """Rows that were left out because nothing is left of their text."""
    torn_groups: int = 0
    """Held-out rows that were left out because a group of another split has their text."""
    notes: list[str] = field(default_factory=list)
    """Sentences to print."""
