"""Your own labelled text: CSV, JSON Lines or Parquet, with labels of any kind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sentiment.data import held_out, prepared_cache, splits
from sentiment.data.findings import Findings
from sentiment.data.prepared import LabelledRow, Prepared, prepare, to_dataset
from sentiment.data.rows import ABSENT, KINDS, Column, Row, column_names, read_rows
from sentiment.data.rows.row import no_such_column
from sentiment.errors import DataError, UsageError
from sentiment.settings import DataSettings
from sentiment.text import is_utf8

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

# What is done with rows after they are read, and says nothing of how.
_AFTER_READING = {"validation_file", "test_file", "train_size", "validation_size", "seed", "data"}


def load_files(
    settings: DataSettings, label_names: Sequence[str] = (), findings: Findings | None = None
) -> "DatasetDict":
    """Return the splits of `settings.data` and of the optional separate files.

    A split without a file of its own is drawn from the main file. If `settings.labels` is
    empty, the `label_names` of a stored model decide the labels. What is to be told goes
    into `findings`. Raises `DataError` on a missing file or column, a label that is not
    among those given, and fewer than two labels.
    """
    findings = findings or Findings()
    files = {"train": Path(settings.data)}
    files |= {"validation": settings.validation_file} if settings.validation_file else {}
    files |= {"test": settings.test_file} if settings.test_file else {}
    if settings.group_column and len(files) == len(("train", "validation", "test")):
        raise UsageError(
            "--group-column is for splits that are drawn; here each has a file of its own.",
            "Leave it out.",
        )
    tables = {
        split: _prepared(path, settings, grouped=split == "train") for split, path in files.items()
    }
    findings.empty += sum(table.empty for table in tables.values())
    parts = assemble(tables, settings.labels or tuple(label_names))
    return complete(parts, settings.seed, findings)


def assemble(tables: Mapping[str, Prepared], stated: Sequence[str]) -> "DatasetDict":
    """Return prepared rows as splits with labels: those `stated`, else those of `train`."""
    from datasets import DatasetDict

    values, names = _label_order(stated, tables["train"].values)
    return DatasetDict(
        {split: _dataset(rows, split, values, names) for split, rows in tables.items()}
    )


def complete(parts: "DatasetDict", seed: int, findings: Findings) -> "DatasetDict":
    """Return the splits with those that are missing drawn from the training rows."""
    missing = [split for split in ("test", "validation") if split not in parts]
    if not missing:
        return parts
    splits.check_filled(parts)
    drawn, findings.torn_groups = held_out.draw(parts["train"], missing, seed)
    parts.update(drawn)
    return parts


def load_test_file(
    settings: DataSettings, label_names: Sequence[str], findings: Findings | None = None
) -> "DatasetDict":
    """Return all rows of `settings.data` as `test`, with labels in a stored model's order.

    Raises `DataError` if the file's labels are not those of the model.
    """
    table = _prepared(Path(settings.data), settings, grouped=False)
    if findings is not None:
        findings.empty += table.empty
    return assemble_test(table, settings, label_names)


def assemble_test(
    table: Prepared, settings: DataSettings, label_names: Sequence[str]
) -> "DatasetDict":
    """Return prepared rows as `test`, with labels in a stored model's order."""
    from datasets import DatasetDict

    values, names = _label_order(settings.labels or tuple(label_names), table.values)
    if tuple(names) != tuple(label_names):
        raise DataError(
            f"The labels of {settings.data} are {names}, the model's {list(label_names)}.",
            "Map them with --labels VALUE=NAME in the model's order.",
        )
    return DatasetDict(test=_dataset(table, "test", values, names))


def read_table(path: Path, settings: DataSettings) -> list[LabelledRow]:
    """Return text and label of each row of a file, both as strings.

    Raises `DataError` if the file cannot be read, or any of its rows.
    """
    _require_readable(path)
    return list(_labelled_rows(path, settings, grouped=False))


def _prepared(path: Path, settings: DataSettings, grouped: bool) -> Prepared:
    """Return the rows of a file, cleaned and hashed; `grouped`: with the groups asked for."""
    _require_readable(path)
    reading = settings.model_dump(mode="json", include=set(DataSettings.model_fields))
    how = {name: value for name, value in reading.items() if name not in _AFTER_READING}
    identity = [prepared_cache.identity_of(path), how, grouped]
    return prepare(_labelled_rows(path, settings, grouped), path.name, identity)


def _require_readable(path: Path) -> None:
    if not path.is_file():
        raise DataError(
            f"No such data file: {path}.",
            "Pass a CSV, JSON Lines or Parquet file, or one of: packaged, hub.",
        )
    if path.suffix.lower() not in KINDS:
        raise DataError(
            f"{path} has an ending that is not known: {path.suffix or 'none'}.",
            f"Known are {', '.join(KINDS)}.",
        )


def _labelled_rows(path: Path, settings: DataSettings, grouped: bool) -> Iterator[LabelledRow]:
    """Yield the rows of a file as they are read; raise `DataError` for those that cannot be."""
    columns = [
        Column(settings.text_column, "--text-column"),
        Column(settings.label_column, "--label-column"),
    ]
    if grouped and settings.group_column:
        columns.append(Column(settings.group_column, "--group-column"))
    absent = set(range(len(columns)))
    missing = 0
    row = None
    for row in read_rows(path, columns):
        text, label, *group = _values(path, row)
        for place in [place for place in absent if (text, label, *group)[place] is not ABSENT]:
            absent.discard(place)
        if _is_missing(label) or not str(label).strip():
            missing += 1
            continue
        yield LabelledRow(
            "" if _is_missing(text) else str(text),
            label_text(label),
            "" if not group or _is_missing(group[0]) else label_text(group[0]),
        )
    if row is None:
        raise DataError(f"{path} has no rows.", "Pass a file with labelled text.")
    for place in sorted(absent):
        raise no_such_column(path, columns[place], column_names(path))
    if missing:
        raise DataError(f"{path} has {missing} rows without a label.", "Remove or label them.")


def _values(path: Path, row: Row) -> tuple[Any, ...]:
    """Return a row's text and label as they were read; raise `DataError` for an unreadable row."""
    reason = "" if row.error is None else str(row.error)
    if row.error is None and not all(is_utf8(str(value)) for value in row.values):
        reason = "It is not valid UTF-8."
    if reason:
        raise DataError(f"{path} cannot be read as {path.suffix}: line {row.number}: {reason}")
    return row.values


def _is_missing(value: Any) -> bool:
    """Return whether a value is missing: null, absent, or NaN, which is not equal to itself."""
    return value is None or value is ABSENT or value != value


def label_text(label: Any) -> str:
    """Return a label as text; 1, 1.0 and "1" become the same label, as do True and "True"."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", str(label))


def _label_order(stated: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the label values and their names, in the order of the model's logits."""
    if stated:
        pairs = [(value, name or value) for value, _, name in (s.partition("=") for s in stated)]
        return [value for value, _ in pairs], [name for _, name in pairs]
    values = sorted(found, key=_by_number)
    return values, values


def _by_number(value: str) -> tuple[bool, float, str]:
    try:
        return (False, float(value), value)
    except ValueError:
        return (True, 0.0, value)


def _dataset(rows: Prepared, split: str, values: list[str], names: list[str]) -> "Dataset":
    if len(names) < 2 or len(set(names)) != len(names) or len(set(values)) != len(values):
        raise DataError(
            f"Two or more different labels are needed, found {names}.",
            "Check --label-column and --labels.",
        )
    unknown = sorted(set(rows.values) - set(values))
    if unknown:
        raise DataError(
            f"The {split} split has labels that are not among {values}: {unknown[:5]}.",
            "Name every value with --labels, or mend the file.",
        )
    codes = {value: code for code, value in enumerate(values)}
    labels = np.array([codes[value] for value in rows.values], dtype=np.int64)
    return to_dataset(rows, labels[rows.column("value")], names)
