"""The goals of scoring: the figures asked for, beside those of a result."""

from benchmarks.goals import Goal
from benchmarks.scoring.result import Result


def goals(result: Result) -> list[Goal]:
    """Return the goals of scoring."""
    return [Goal("scoring a file, against the engine by itself", 0.9, result["of_ceiling"])]
