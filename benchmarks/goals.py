"""A goal: a figure that was asked for, beside the figure that was measured."""

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.markdown import table


class Goal(NamedTuple):
    """A figure that was asked for, and the figure that was measured."""

    name: str
    asked: float
    found: float
    at_most: bool = False
    """Whether smaller is better."""

    @property
    def met(self) -> bool:
        return self.found <= self.asked if self.at_most else self.found >= self.asked


def goal_table(goals: Sequence[Goal]) -> str:
    """Return the goals as a Markdown table."""
    rows = [
        [
            goal.name,
            f"at {'most' if goal.at_most else 'least'} {goal.asked:g}",
            f"{goal.found:.3g}",
            "met" if goal.met else "missed",
        ]
        for goal in goals
    ]
    return table(["goal", "asked", "found", ""], rows)
