"""The goals of preparation: the figures asked for, beside those of a result."""

from benchmarks.goals import Goal
from benchmarks.preparation.result import Result, Run


def goals(result: Result) -> list[Goal]:
    """Return the goals of preparation; they are for a million rows on two cores.

    Reading the whole file into memory took 120 seconds and 2,800 MB there.
    """
    return [
        Goal("peak MB, helpers included", 1000, total_mb(result, result["first"]), at_most=True),
        Goal("seconds of the first run", 40, result["first"]["seconds"], at_most=True),
    ]


def total_mb(result: Result, run: Run) -> float:
    """Return the peak of a run with that of all its helpers, as if they fell together."""
    helpers = result["helpers"] if run["helper_peak_mb"] else 0
    return run["peak_mb"] + helpers * run["helper_peak_mb"]
