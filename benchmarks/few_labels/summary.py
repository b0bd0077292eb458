"""Means and spreads of the runs of few labels, for each source, number of rows and trainer."""

from collections import Counter
from collections.abc import Iterator
from statistics import mean, stdev
from typing import NamedTuple

from benchmarks.few_labels.result import Result, Run


class Cell(NamedTuple):
    """The runs of one trainer with as many rows of a source."""

    draws: int
    accuracy: float
    """Mean over the draws."""
    spread: float
    """Standard deviation of that; 0 for a single draw."""
    seconds: float
    """Mean over the draws."""
    methods: Counter[str]
    """How often each method trained the model."""


def cells(result: Result) -> Iterator[tuple[str, int, dict[str, Cell]]]:
    """Yield source, rows of a label, and the cell of each trainer that ran there."""
    places = dict.fromkeys((run["source"], run["rows"]) for run in result["runs"])
    for source, rows in places:
        here = [r for r in result["runs"] if (r["source"], r["rows"]) == (source, rows)]
        trainers = dict.fromkeys(run["trainer"] for run in here)
        yield (
            source,
            rows,
            {name: _cell([run for run in here if run["trainer"] == name]) for name in trainers},
        )


def _cell(runs: list[Run]) -> Cell:
    accuracies = [run["accuracy"] for run in runs]
    return Cell(
        draws=len(runs),
        accuracy=mean(accuracies),
        spread=stdev(accuracies) if len(runs) > 1 else 0.0,
        seconds=mean(run["seconds"] for run in runs),
        methods=Counter(run["method"] for run in runs),
    )
