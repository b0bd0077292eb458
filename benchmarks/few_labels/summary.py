"""Means and spreads of the runs of few labels, for each place and trainer."""

from collections import Counter
from collections.abc import Iterator
from statistics import mean, median, stdev
from typing import NamedTuple

from benchmarks.few_labels.result import Result, Run


class Place(NamedTuple):
    """What trainers are compared on."""

    source: str
    rows: int
    """Texts of each label."""
    base_model: str
    max_length: int
    test_texts: int


class Cell(NamedTuple):
    """The runs of one trainer at a place."""

    draws: int
    accuracy: float
    """Mean over the draws."""
    spread: float
    """Standard deviation of that; 0 for a single draw."""
    seconds: float
    """Median over the draws: one of them may have waited for others on the machine."""
    core_seconds: float
    """Mean over the draws."""
    methods: Counter[str]
    """How often each method trained the model."""


def cells(result: Result) -> Iterator[tuple[Place, dict[str, Cell]]]:
    """Yield each place, in order, and the cell of each trainer that ran there."""
    for place in sorted({_place(run) for run in result["runs"]}):
        here = [run for run in result["runs"] if _place(run) == place]
        trainers = dict.fromkeys(run["trainer"] for run in here)
        yield (
            place,
            {name: _cell([run for run in here if run["trainer"] == name]) for name in trainers},
        )


def paired(result: Result, trainers: tuple[str, str]) -> Result:
    """Return the result with runs of two trainers only, on draws that both trained on."""
    runs = [run for run in result["runs"] if run["trainer"] in trainers]
    both = Counter((_place(run), run["draw"]) for run in runs)
    return {**result, "runs": [run for run in runs if both[_place(run), run["draw"]] == 2]}


def _place(run: Run) -> Place:
    return Place(
        run["source"], run["rows"], run["base_model"], run["max_length"], run["test_texts"]
    )


def _cell(runs: list[Run]) -> Cell:
    accuracies = [run["accuracy"] for run in runs]
    return Cell(
        draws=len(runs),
        accuracy=mean(accuracies),
        spread=stdev(accuracies) if len(runs) > 1 else 0.0,
        seconds=median(run["seconds"] for run in runs),
        core_seconds=mean(run["core_seconds"] for run in runs),
        methods=Counter(run["method"] for run in runs),
    )
