"""Kept columns: those of the input that go into the output as they are, to join scores back."""

import base64
import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sentiment.data.prediction_texts import columns_of
from sentiment.errors import UsageError
from sentiment.settings import FileSettings

ALL = "all"


def parse(flag: str | None) -> tuple[str, ...]:
    """Return the names of a list such as `id,"date, local"`; `all` stands for every column."""
    if flag is None:
        return ()
    names = next(csv.reader([flag], skipinitialspace=True), [])
    if not all(names) or not names:
        raise UsageError(f"--keep {flag!r} is no list of columns.", "As in: --keep id,date.")
    return tuple(dict.fromkeys(names))


def keep_of(
    files: Sequence[Path],
    names: Sequence[str],
    taken: Iterable[str],
    reading: FileSettings | None = None,
    column: str = "text",
) -> list[tuple[str, ...]]:
    """Return the columns to keep of each file, which is read as `reading` says.

    `column` is that of the texts. Raises `DataError` if a file lacks one that is named, and
    `UsageError` if one is called as a column of the scores, which are `taken`.
    """
    if not names:
        return [()] * len(files)
    asked = None if tuple(names) == (ALL,) else tuple(names)
    reading = reading or FileSettings.parse({})
    found = [columns_of(path, column, asked, reading) for path in files]
    for path, columns in zip(files, found, strict=True):
        if clashing := sorted(set(columns) & set(taken)):
            everywhere = [name for name in columns if all(name in each for each in found)]
            free = [name for name in everywhere if name not in set(taken)]
            remedy = f", or keep the others: --keep {_listed(free)}" if free else ""
            raise UsageError(
                f"{path} has {_named(clashing)}, as the scores have.",
                f"Rename {'it' if len(clashing) == 1 else 'them'} in the file{remedy}.",
            )
    return found


def json_value(value: Any) -> Any:
    """Return a value as JSON can hold it: what has no form there becomes text, NaN null."""
    if isinstance(value, dict):
        return {str(key): json_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    if isinstance(value, float) and value - value != 0:  # NaN, or infinite
        return None if value != value else str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def cell(value: Any) -> str | None:
    """Return a value as one field of CSV: text as it is, what has parts as JSON."""
    plain = json_value(value)
    if isinstance(plain, dict | list):
        return json.dumps(plain, ensure_ascii=False)
    return None if plain is None else str(plain)


def array(values: Sequence[Any]) -> Any:
    """Return an Arrow array of one column's values; of several types they become text."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return pa.array(map(cell, values), pa.string())


def one_schema(schemas: Sequence[Any]) -> Any:
    """Return the Arrow schema of a whole file: text where its parts are of several types."""
    import pyarrow as pa

    fields = []
    for name in schemas[0].names:
        kinds = {schema.field(name).type for schema in schemas} - {pa.null()}
        fields.append(pa.field(name, kinds.pop() if len(kinds) == 1 else _common(kinds)))
    return pa.schema(fields)


def cast(table: Any, schema: Any) -> Any:
    """Return a table of a part with the types of the whole file."""
    import pyarrow as pa

    columns = []
    for field in schema:
        column = table.column(field.name)
        if pa.types.is_string(field.type) and not pa.types.is_string(column.type):
            column = pa.array(map(cell, column.to_pylist()), pa.string())
        elif column.type != field.type:
            column = pa.array(column.to_pylist(), field.type)
        columns.append(column)
    return pa.table(columns, schema=schema)


def _common(kinds: set[Any]) -> Any:
    """Return the type of a column whose parts have these: one that holds all, or text.

    A decimal is as wide as the part's values, and what is in lists and objects may be seen
    in some parts alone; so of those the common type is that of the column.
    """
    import pyarrow as pa

    if not kinds:
        return pa.null()
    if all(map(pa.types.is_decimal, kinds)) or all(map(pa.types.is_nested, kinds)):
        parts = [pa.schema([("column", kind)]) for kind in kinds]
        try:
            return pa.unify_schemas(parts, promote_options="permissive").field("column").type
        except pa.ArrowException:
            return pa.string()
    return pa.string()


def _named(names: Sequence[str]) -> str:
    return f"{'a column' if len(names) == 1 else 'columns'} {', '.join(map(repr, names))}"


def _listed(names: Sequence[str]) -> str:
    """Return names as the flag takes them, quoted for a shell where that is needed."""
    import shlex

    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return shlex.quote(text.getvalue())
