"""Columns of numbers, whatever was selected."""

import numpy as np
import pytest
from datasets import Dataset

from sentiment.data.columns import read_column

ROWS = Dataset.from_dict({"text": list("abcdef"), "label": [5, 4, 3, 2, 1, 0]})


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        ROWS.select([4, 0, 2]),
        ROWS.select([4, 0, 2]).select([2, 0]),
        ROWS.select(range(1, 4)),
        ROWS.select([]),
        ROWS.select([3, 1]).select_columns(["label"]),
    ],
    ids=["all", "some", "some of some", "a range", "none", "a column"],
)
def test_a_column_is_read_as_the_dataset_shows_it(rows: Dataset) -> None:
    column = read_column(rows, "label")
    assert column.tolist() == list(rows["label"])
    assert np.issubdtype(column.dtype, np.integer)
