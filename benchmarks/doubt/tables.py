"""The table of doubt, as docs/benchmarks.md shows it."""

from collections.abc import Sequence
from statistics import fmean
from typing import get_args

from benchmarks.answers import HEAD, Figures, cells
from benchmarks.doubt.result import Choice, Result
from benchmarks.markdown import table

_HEAD = ("reviews", "answers", *HEAD, "accuracy of each draw")


def tables(result: Result) -> str:
    """Return the means over the draws as Markdown, with the accuracy of each beside them."""
    rows = [("all", "n-grams", *cells(result["ngrams"]), "")]
    for choice in get_args(Choice):
        runs = [run for run in result["runs"] if run["choice"] == choice]
        for part, found in (
            ("encoder", [run["encoder"] for run in runs]),
            ("combination", [run["combination"] for run in runs]),
        ):
            each = ", ".join(f"{figures['accuracy']:.3f}" for figures in found)
            rows.append((choice, part, *cells(_mean(found)), each))
    draws = len({run["draw"] for run in result["runs"]})
    about = (
        f"Recipe quick on {result['drawn_texts']:,} of {result['train_texts']:,} reviews, means "
        f"over draws ({draws}); calibrated and weighed on {result['validation_texts']:,} reviews "
        f"of validation, measured on {result['test_texts']:,} test reviews and the pairs of the "
        f"behaviour suite. Out of fold the n-grams get {result['out_of_fold_accuracy']:.3f} of all "
        f"reviews right, and {result['doubted_accuracy']:.3f} of the half that they doubt."
    )
    return f"{about}\n\n{table(_HEAD, rows)}"


def _mean(found: Sequence[Figures]) -> Figures:
    return {
        "accuracy": fmean(each["accuracy"] for each in found),
        "calibration_error": fmean(each["calibration_error"] for each in found),
        "pairs_right": fmean(each["pairs_right"] for each in found),
        "implied_right": fmean(each["implied_right"] for each in found),
    }
