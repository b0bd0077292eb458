"""The goals of few labels: as accurate as SetFit, in no more time."""

from benchmarks.few_labels.result import Result
from benchmarks.few_labels.summary import Cell, cells, paired
from benchmarks.goals import Goal

NAMES = {"packaged": "reviews", "rotten-tomatoes": "sentences"}


def goals(result: Result) -> list[Goal]:
    """Return the goals for each place where SetFit trained on a draw that ours trained on."""
    return [
        goal
        for place, cell in cells(paired(result, ("sentiment", "setfit")))
        for goal in _goals(
            f"{place.rows} {NAMES[place.source]} a label, {place.base_model}",
            cell["sentiment"],
            cell["setfit"],
        )
    ]


def _goals(where: str, ours: Cell, theirs: Cell) -> list[Goal]:
    asked = "against SetFit's"
    return [
        Goal(f"{where}: accuracy, {asked}", round(theirs.accuracy, 3), ours.accuracy),
        _at_most(f"{where}: seconds, {asked}", ours.seconds, theirs.seconds),
        _at_most(f"{where}: core-seconds, {asked}", ours.core_seconds, theirs.core_seconds),
    ]


def _at_most(name: str, found: float, asked: float) -> Goal:
    return Goal(name, round(asked, 1), found, at_most=True)
