"""Parquet, by pyarrow; only the columns asked for are read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sentiment.data.files import open_binary
from sentiment.data.rows.row import Column, Row, find_columns
from sentiment.errors import DataError

_ROWS = 1024  # decoded at once
_BUFFER_BYTES = 1 << 20  # read at once; by default pyarrow reads a row group, often the whole file


def read(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows of all row groups; undecodable bytes stay in them, to be reported."""
    number = 0
    with _open(path) as file:
        find_columns(path, file.schema_arrow.names, columns)
        wanted = [column.name for column in columns]
        for batch in file.iter_batches(_ROWS, columns=wanted):
            by_column = [_values(batch.column(name)) for name in wanted]
            for values in zip(*by_column, strict=True):
                number += 1
                yield Row(number, values)


def names(path: Path) -> list[str]:
    """Return the columns of the schema."""
    with _open(path) as file:
        return list(file.schema_arrow.names)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with (
            open_binary(path) as source,
            pq.ParquetFile(source, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file,
        ):
            yield file
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} cannot be read as {path.suffix}: {reason}.") from None


def _values(array: Any) -> list[Any]:
    try:
        values: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        values = [
            value.as_buffer().to_pybytes().decode(errors="surrogateescape") if value else None
            for value in (scalar if scalar.is_valid else None for scalar in array)
        ]
    return values
