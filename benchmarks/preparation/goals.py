"""The goals of preparation: the figures asked for, beside those of a result."""

from benchmarks.goals import Goal
from benchmarks.preparation.result import Result


def goals(result: Result) -> list[Goal]:
    """Return the goals of preparation; they are for a million rows on two cores.

    Reading the whole file into memory took 120 seconds and 2,800 MB there.
    """
    return [
        Goal("peak MB", 1000, result["first"]["peak_mb"], at_most=True),
        Goal("seconds of the first run", 40, result["first"]["seconds"], at_most=True),
    ]
