"""The table of stages, as docs/benchmarks.md shows it."""

from benchmarks.answers import HEAD, cells
from benchmarks.markdown import table
from benchmarks.stages.result import Result


def tables(result: Result) -> str:
    """Return the ways as Markdown."""
    rows = [(row["way"], *cells(row), f"{row['work']:.2f}") for row in result["rows"]]
    about = (
        f"Recipe {result['recipe']}; chosen on {result['validation_texts']:,} validation reviews, "
        f"measured on {result['test_texts']:,} test reviews and the pairs of the behaviour suite; "
        f"{result['pruned_ngrams']:,} n-grams pruned."
    )
    return f"{about}\n\n{table(('way', *HEAD, 'work'), rows)}"
