"""Reading one column of a `Dataset` as an array, without its neighbours."""

from typing import TYPE_CHECKING, Any

import numpy.typing as npt

if TYPE_CHECKING:
    from datasets import Dataset


def read_column(rows: "Dataset", name: str) -> npt.NDArray[Any]:
    """Return a column of numbers, of shape (rows,); no other column is read.

    `Dataset` itself collects rows that were selected one by one, which takes a minute for a
    million of them; so this looks at its list of selected rows, which has no public name.
    """
    values: npt.NDArray[Any] = rows.data.column(name).to_numpy()
    places = rows._indices
    return values if places is None else values[places.column(0).to_numpy()]
