"""JSON Lines: one object a line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sentiment.data.files import open_text
from sentiment.data.rows.row import ABSENT, Column, Row
from sentiment.errors import DataError


def read(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield a row for each line that is not blank."""
    for number, value in _values(path):
        if isinstance(value, DataError):
            yield Row(number, error=value)
        elif not isinstance(value, dict):
            yield Row(number, error=DataError("The line is no JSON object.", "Mend or remove it."))
        else:
            yield Row(number, tuple(value.get(column.name, ABSENT) for column in columns))


def names(path: Path) -> list[str]:
    """Return the keys of all objects, in the order in which they first stand."""
    objects = (value for _, value in _values(path) if isinstance(value, dict))
    return list(dict.fromkeys(key for value in objects for key in value))


def _values(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each line that is not blank.

    The value of a line that is not valid JSON is a `DataError`.
    """
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = DataError("The line is not valid JSON.", "Mend or remove it.")
            yield number, value
