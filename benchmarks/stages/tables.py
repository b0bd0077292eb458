"""The table of stages, as docs/benchmarks.md shows it."""

from benchmarks.answers import HEAD, cells
from benchmarks.markdown import table
from benchmarks.stages.result import Result, Tried


def tables(result: Result) -> str:
    """Return the ways of each model as Markdown."""
    return "\n\n".join(map(_of_one, result["models"]))


def _of_one(model: Tried) -> str:
    rows = [
        (row["way"], *cells(row), f"{row['failures']:.3f}", f"{row['work']:.2f}")
        for row in model["rows"]
    ]
    about = (
        f"{model['name'].capitalize()}, `{model['model']}`; chosen on "
        f"{model['validation_texts']:,} validation reviews, measured on {model['test_texts']:,} "
        f"test reviews and the pairs of the behaviour suite; {model['pruned_ngrams']:,} n-grams "
        "pruned."
    )
    return f"{about}\n\n{table(('way', *HEAD, 'suite fails', 'work'), rows)}"
