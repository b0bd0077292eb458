"""What a value of a row may be: texts and labels, told apart by their types."""

from decimal import Decimal
from typing import Any

from sentiment.data.rows.row import ABSENT
from sentiment.errors import DataError
from sentiment.text import check_type, type_name


def check_text_type(value: Any) -> None:
    """Raise `InvalidValue` unless a text is a string, as prediction does, or missing."""
    if not is_missing(value):
        check_type(value)


def check_label_type(value: Any) -> None:
    """Raise `DataError` unless a label is a word, a number, a truth value or missing."""
    if is_missing(value):
        return
    if isinstance(value, list | dict):
        raise DataError(
            f"A label must be a word or a number, not {type_name(value)}.",
            "Several labels a text are not supported: give each text one.",
        )
    if not isinstance(value, str | bool | int | float | Decimal):
        raise DataError(
            f"A label must be a word or a number, not {type_name(value)}.",
            "Save it as a word.",
        )


def check_group_type(value: Any) -> None:
    """Raise `DataError` unless a group is one value, such as a word, a number or a date."""
    if isinstance(value, list | dict | bytes):
        raise DataError(
            f"A group must be a word or a number, not {type_name(value)}.", "Save it as a word."
        )


def is_missing(value: Any) -> bool:
    """Return whether a value is missing: null, absent, or NaN, which is not equal to itself."""
    return value is None or value is ABSENT or (isinstance(value, float) and value != value)
