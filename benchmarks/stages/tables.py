"""The table of stages, as docs/benchmarks.md shows it."""

from benchmarks.markdown import table
from benchmarks.stages.result import Result

_HEAD = ("way", "accuracy", "calibration error", "pairs right", "implied pairs right", "work")


def tables(result: Result) -> str:
    """Return the ways as Markdown."""
    rows = [
        (
            row["way"],
            f"{row['accuracy']:.3f}",
            f"{row['calibration_error']:.3f}",
            f"{row['pairs_right']:.3f}",
            f"{row['implied_right']:.3f}",
            f"{row['work']:.2f}",
        )
        for row in result["rows"]
    ]
    about = (
        f"Recipe {result['recipe']}; chosen on {result['validation_texts']:,} validation reviews, "
        f"measured on {result['test_texts']:,} test reviews and the pairs of the behaviour suite."
    )
    return f"{about}\n\n{table(_HEAD, rows)}"
