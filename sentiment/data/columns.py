"""Reading one column of a `Dataset` as an array, without its neighbours."""

from typing import TYPE_CHECKING, Any

import numpy.typing as npt

if TYPE_CHECKING:
    from datasets import Dataset


def read_column(rows: "Dataset", name: str) -> npt.NDArray[Any]:
    """Return a column of numbers, of shape (rows,); no other column is read."""
    table = rows.select_columns([name]).with_format("arrow")[:]
    values: npt.NDArray[Any] = table.column(name).to_numpy()
    return values
