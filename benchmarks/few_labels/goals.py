"""The goals of few labels: as accurate as SetFit, in no more time."""

from benchmarks.few_labels.result import Result
from benchmarks.few_labels.summary import Cell, cells
from benchmarks.goals import Goal

NAMES = {"packaged": "reviews", "rotten-tomatoes": "sentences"}


def goals(result: Result) -> list[Goal]:
    """Return two goals for each source and number of rows that SetFit was measured on."""
    found: list[Goal] = []
    for source, rows, by_trainer in cells(result):
        if {"sentiment", "setfit"} <= set(by_trainer):
            ours, theirs = by_trainer["sentiment"], by_trainer["setfit"]
            found += _goals(f"{rows} {NAMES[source]} a label", ours, theirs)
    return found


def _goals(where: str, ours: Cell, theirs: Cell) -> list[Goal]:
    return [
        Goal(f"{where}: accuracy, against SetFit's", round(theirs.accuracy, 3), ours.accuracy),
        Goal(
            f"{where}: seconds, against SetFit's",
            round(theirs.seconds, 1),
            ours.seconds,
            at_most=True,
        ),
    ]
