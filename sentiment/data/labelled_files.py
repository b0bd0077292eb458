"""Your own labelled text: CSV, TSV, JSON or Parquet, with labels of any kind."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sentiment.data.rows import (
    ABSENT,
    TABLES,
    Column,
    Row,
    check_label_type,
    check_text_type,
    column_names,
    find_kind,
    is_missing,
    known_endings,
    read_rows,
    require_used,
    untold,
)
from sentiment.data.rows.row import no_such_column
from sentiment.errors import DataError, SentimentError
from sentiment.settings import DataSettings
from sentiment.text import is_utf8

if TYPE_CHECKING:
    from datasets import DatasetDict

_HELD_OUT_SHARE = 0.1  # of the main file, for each split that has no file of its own


class LabelledRow(NamedTuple):
    """A text as it was read, and its label as text."""

    text: str
    label: str


def load_files(settings: DataSettings, notes: list[str] | None = None) -> "DatasetDict":
    """Return the splits of `settings.data` and of the optional separate files.

    A split without a file of its own is a stratified, seeded tenth of the main
    file. What a user should know of the data is added to `notes`. Raises `DataError` on a
    missing file or column, a label that is not among those given, and fewer than two labels.
    """
    from datasets import DatasetDict

    files = {"train": Path(settings.data)}
    files |= {"validation": settings.validation_file} if settings.validation_file else {}
    files |= {"test": settings.test_file} if settings.test_file else {}
    require_used(settings, files.values())
    tables = {split: read_table(path, settings, notes) for split, path in files.items()}
    values, names = _label_order(settings.labels, tables["train"])
    splits = DatasetDict(
        {split: _dataset(rows, split, values, names) for split, rows in tables.items()}
    )
    for split in ("test", "validation"):
        if split not in splits:
            parts = _hold_out(splits["train"], len(tables["train"]), settings.seed)
            splits["train"], splits[split] = parts["train"], parts["test"]
    return splits


def load_test_file(
    settings: DataSettings, label_names: Sequence[str], notes: list[str] | None = None
) -> "DatasetDict":
    """Return all rows of `settings.data` as `test`, with labels in a stored model's order.

    What a user should know of the data is added to `notes`. Raises `DataError` if the
    file's labels are not those of the model.
    """
    from datasets import DatasetDict

    require_used(settings, [Path(settings.data)])
    rows = read_table(Path(settings.data), settings, notes)
    values, names = _label_order(settings.labels or tuple(label_names), rows)
    if tuple(names) != tuple(label_names):
        raise DataError(
            f"The labels of {settings.data} are {names}, the model's {list(label_names)}.",
            "Map them with --labels VALUE=NAME in the model's order.",
        )
    return DatasetDict(test=_dataset(rows, "test", values, names))


def read_table(
    path: Path, settings: DataSettings, notes: list[str] | None = None
) -> list[LabelledRow]:
    """Return text and label of each row of a file, both as strings.

    What a user should know of the file is added to `notes`. Raises `DataError` if the file
    cannot be read, or any of its rows.
    """
    if not path.is_file():
        raise DataError(
            f"No such data file: {path}.",
            "Pass a CSV, TSV, JSON or Parquet file, or one of: packaged, hub.",
        )
    if find_kind(path) not in TABLES:
        plain = find_kind(path) is not None
        raise DataError(
            f"{path} is plain text, which has no labels."
            if plain
            else f"{path} has an ending that is not known: {path.suffix or 'none'}.",
            known_endings(),
        )
    columns = (
        Column(settings.text_column, "--text-column"),
        Column(settings.label_column, "--label-column"),
    )
    tell = untold if notes is None else notes.append
    values = [_values(path, row) for row in read_rows(path, columns, settings, tell)]
    if not values:
        raise DataError(f"{path} has no rows.", "Pass a file with labelled text.")
    for place, column in enumerate(columns):
        if all(row[place] is ABSENT for row in values):
            raise no_such_column(path, column, column_names(path, settings))
    missing = sum(is_missing(label) or not str(label).strip() for _, label in values)
    if missing:
        raise DataError(f"{path} has {missing} rows without a label.", "Remove or label them.")
    return [
        LabelledRow("" if is_missing(text) else str(text), _label_text(label))
        for text, label in values
    ]


def _values(path: Path, row: Row) -> tuple[Any, ...]:
    """Return a row's text and label as they were read; raise `DataError` for an unreadable row."""
    reason = "" if row.error is None else str(row.error)
    if row.error is None and not all(is_utf8(str(value)) for value in row.values):
        reason = "It is not valid UTF-8."
    try:
        check_text_type(row.values[0] if row.values else None)
        for label in row.values[1:]:
            check_label_type(label)
    except SentimentError as error:
        reason = str(error)
    if reason:
        kind, place = find_kind(path), f"{row.unit} {row.number}"
        raise DataError(f"{path} cannot be read as {kind}: {place}: {reason}")
    return row.values


def _label_text(label: Any) -> str:
    """Return a label as text; 1, 1.0 and "1" become the same label, as do true and "True"."""
    text = re.sub(r"^(-?\d+)\.0+$", r"\1", str(label))
    return text.capitalize() if text.casefold() in ("true", "false") else text


def _label_order(stated: Sequence[str], rows: Sequence[LabelledRow]) -> tuple[list[str], list[str]]:
    """Return the label values and their names, in the order of the model's logits."""
    if stated:
        pairs = [(value, name or value) for value, _, name in (s.partition("=") for s in stated)]
        return [value for value, _ in pairs], [name for _, name in pairs]
    values = sorted({row.label for row in rows}, key=_by_number)
    return values, values


def _by_number(value: str) -> tuple[bool, float, str]:
    try:
        return (False, float(value), value)
    except ValueError:
        return (True, 0.0, value)


def _dataset(rows: Sequence[LabelledRow], split: str, values: list[str], names: list[str]) -> Any:
    from datasets import ClassLabel, Dataset, Features, Value

    if len(names) < 2 or len(set(names)) != len(names) or len(set(values)) != len(values):
        raise DataError(
            f"Two or more different labels are needed, found {names}.",
            "Check --label-column and --labels.",
        )
    unknown = sorted({row.label for row in rows} - set(values))
    if unknown:
        raise DataError(
            f"The {split} split has labels that are not among {values}: {unknown[:5]}.",
            "Name every value with --labels, or mend the file.",
        )
    codes = {value: code for code, value in enumerate(values)}
    columns = {
        "text": [row.text for row in rows],
        "label": [codes[row.label] for row in rows],
    }
    features = Features({"text": Value("string"), "label": ClassLabel(names=names)})
    return Dataset.from_dict(columns, features=features)


def _hold_out(rows: Any, total: int, seed: int) -> Any:
    """Split `rows` in two: `test` gets as many as a tenth of the `total` rows of the file."""
    labels = rows.features["label"].names
    size = max(round(total * _HELD_OUT_SHARE), len(labels))
    try:
        return rows.train_test_split(test_size=size, stratify_by_column="label", seed=seed)
    except ValueError:
        raise DataError(
            f"{total} rows are too few to split into train, validation and test "
            f"with each of {labels} in each.",
            "Add rows of each label, or pass --validation-file and --test-file.",
        ) from None
