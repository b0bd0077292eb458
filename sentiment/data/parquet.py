"""One column of a Parquet file, row by row; what a value means is left to the caller."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sentiment.errors import DataError

_ROWS = 1024  # decoded at once
_BUFFER_BYTES = 1 << 20  # read at once; by itself pyarrow holds a row group, often the whole file


def read_column(path: Path, column: str) -> Iterator[tuple[int, Any]]:
    """Yield number, from 1, and value of each row; undecodable bytes are kept to be reported.

    Raises `DataError` on a file that is not Parquet or has no such column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
            names = file.schema_arrow.names
            if column not in names:
                raise DataError(
                    f"{path} has no column {column!r}; it has {names}.",
                    "Name yours with --text-column.",
                )
            for batch in file.iter_batches(_ROWS, columns=[column]):
                for value in _values(batch.column(0)):
                    number += 1
                    yield number, value
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} cannot be read as Parquet: {reason}.") from None


def _values(array: Any) -> list[Any]:
    try:
        values: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        values = [
            value.as_buffer().to_pybytes().decode(errors="surrogateescape") if value else None
            for value in (each if each.is_valid else None for each in array)
        ]
    return values
