"""Parquet, by pyarrow; only the columns asked for are read."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sentiment.data.rows.content import open_content
from sentiment.data.rows.kinds import COMPRESSIONS
from sentiment.data.rows.notes import Notes
from sentiment.data.rows.row import Column, Row, Tell, find_columns
from sentiment.errors import DataError
from sentiment.settings import FileSettings

_ROWS = 1024  # decoded at once
_BUFFER_BYTES = 1 << 20  # read at once; by default pyarrow reads a row group, often the whole file
_FEATURES = b"huggingface"  # where `datasets` keeps the types of columns, in the schema's metadata
_UNLABELLED = -1  # as `datasets` has it


def read(path: Path, columns: Sequence[Column], _: FileSettings, tell: Tell) -> Iterator[Row]:
    """Yield the rows of all row groups; undecodable bytes stay in them, to be reported."""
    notes = Notes(path, tell)
    number = 0
    with _open(path) as file:
        find_columns(path, file.schema_arrow.names, columns)
        wanted = [column.name for column in columns]
        classes = _class_names(file.schema_arrow)
        everything = _may_have_empty_rows(file)
        for batch in file.iter_batches(_ROWS, columns=None if everything else wanted):
            empty = _empty_rows(batch) if everything else frozenset()
            notes.empty += len(empty)
            by_column = [_named(_values(batch.column(name)), classes.get(name)) for name in wanted]
            for place, values in enumerate(zip(*by_column, strict=True)):
                number += 1
                if place not in empty:
                    yield Row(number, values, unit="row", ordinal=number)
    notes.finish()


def names(path: Path, _settings: FileSettings, _: str) -> list[str]:
    """Return the columns of the schema."""
    with _open(path) as file:
        return list(file.schema_arrow.names)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _seekable(path) as content:
        try:
            with pq.ParquetFile(content, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())[:200].rstrip(".")
            raise DataError(f"{path} cannot be read as .parquet: {reason}.") from None


@contextmanager
def _seekable(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that can be read in any order; one that is compressed is unpacked on disk."""
    with open_content(path) as content:
        if path.suffix.lower() not in COMPRESSIONS:
            yield content
            return
        with tempfile.TemporaryFile() as unpacked:
            shutil.copyfileobj(content, unpacked)
            unpacked.seek(0)
            yield unpacked


def _may_have_empty_rows(file: Any) -> bool:
    """Return whether no column is without gaps, as the file's statistics tell.

    Of one column alone, its text is what is missing.
    """
    if len(file.schema_arrow.names) == 1:
        return False
    for group in map(file.metadata.row_group, range(file.metadata.num_row_groups)):
        told = [group.column(place).statistics for place in range(group.num_columns)]
        if all(each is None or each.null_count for each in told):
            return True
    return False


def _empty_rows(batch: Any) -> frozenset[int]:
    """Return the places of the rows in which no column holds anything."""
    import pyarrow.compute as pc

    valid = None
    for column in batch.columns:
        some = column.is_valid()
        valid = some if valid is None else pc.or_(valid, some)
    if valid is None:
        return frozenset()
    return frozenset(place for place, some in enumerate(valid.to_pylist()) if not some)


def _values(array: Any) -> list[Any]:
    try:
        values: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        values = [
            value.as_buffer().to_pybytes().decode(errors="surrogateescape") if value else None
            for value in (scalar if scalar.is_valid else None for scalar in array)
        ]
    return values


def _class_names(schema: Any) -> Mapping[str, Sequence[str]]:
    """Return the names of the classes of each column that `datasets` wrote as a `ClassLabel`."""
    try:
        features = json.loads((schema.metadata or {})[_FEATURES])["info"]["features"]
        return {
            name: [str(each) for each in feature["names"]]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (KeyError, TypeError, AttributeError, ValueError):
        return {}  # other metadata under the same key


def _named(values: list[Any], classes: Sequence[str] | None) -> list[Any]:
    """Return class numbers as the names they have; a number without a name stays as it is."""
    if classes is None:
        return values
    known = dict(enumerate(classes)) | {_UNLABELLED: None}
    return [known.get(value, value) if isinstance(value, int) else value for value in values]
