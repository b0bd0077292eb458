"""Your own labelled text: CSV, TSV, JSON or Parquet, with labels of any kind."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sentiment.data import held_out, labels, prepared_cache, splits
from sentiment.data.class_names import speller
from sentiment.data.findings import Findings
from sentiment.data.prediction_texts import MAX_CHARACTERS
from sentiment.data.prepared import LabelledRow, Prepared, prepare, to_dataset
from sentiment.data.rows import (
    ABSENT,
    TABLES,
    Column,
    Row,
    Tell,
    check_group_type,
    check_label_type,
    check_text_type,
    column_names,
    find_kind,
    is_missing,
    known_endings,
    read_rows,
    require_used,
    unknown_kind,
    untold,
)
from sentiment.data.rows.row import no_such_column
from sentiment.errors import DataError, SentimentError, UsageError
from sentiment.settings import DataSettings
from sentiment.text import check_length, is_utf8

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

_ADDRESS = re.compile(r"([a-z][a-z0-9]+):/+(.*)")  # of whose slashes `Path` leaves one

# What is done with rows after they are read, and says nothing of how.
_AFTER_READING = {
    *("validation_file", "test_file", "train_size", "validation_size", "seed", "data"),
    *("labels", "missing_label"),
}


def load_files(settings: DataSettings, findings: Findings | None = None) -> "DatasetDict":
    """Return the splits of `settings.data` and of the optional separate files.

    A split without a file of its own is drawn from the main file. What is to be told goes
    into `findings`. Raises `DataError` on a missing file or column, labels that cannot be
    classes, and fewer than two of them.
    """
    findings = findings or Findings()
    files = {"train": Path(settings.data)}
    files |= {"validation": settings.validation_file} if settings.validation_file else {}
    files |= {"test": settings.test_file} if settings.test_file else {}
    require_used(settings, files.values())
    require_drawn(settings, files)
    tables = {
        split: told(prepare_files([path], settings, split == "train"), findings)
        for split, path in files.items()
    }
    for split, path in files.items():
        counts = tables[split].counts()
        labels.require_labelled(
            path, counts, settings.labels, settings.missing_label, of_model=False
        )
    parts = assemble(tables, settings, settings.labels, findings)
    return complete(parts, settings.seed, findings)


def require_drawn(settings: DataSettings, given: Collection[str]) -> None:
    """Raise `UsageError` on groups where no split is left to be drawn."""
    if settings.group_column and len(given) == len(splits.SPLITS):
        raise UsageError(
            "--group-column is for splits that are drawn; here none is missing.",
            "Leave it out.",
        )


def assemble(
    tables: Mapping[str, Prepared],
    settings: DataSettings,
    stated: Sequence[str],
    findings: Findings,
) -> "DatasetDict":
    """Return prepared rows as splits with labels: those `stated`, else those of `train`."""
    from datasets import DatasetDict

    counts = {split: table.counts() for split, table in tables.items()}
    everywhere: Counter[str] = Counter()
    for found in counts.values():
        everywhere.update(found)
    scheme = labels.choose_labels(stated, settings.missing_label, counts["train"], everywhere)
    for split, found in counts.items():
        labels.require_known(split, found, scheme, settings.labels, of_model=False)
    told = [labels.left_out_note(scheme.left_out(everywhere))]
    told += labels.case_notes(scheme, everywhere)
    findings.notes += [note for note in told if note]
    return DatasetDict({split: _dataset(rows, scheme) for split, rows in tables.items()})


def complete(
    parts: "DatasetDict", seed: int, findings: Findings, from_file: bool = True
) -> "DatasetDict":
    """Return the splits with those that are missing drawn from the training rows."""
    missing = [split for split in ("test", "validation") if split not in parts]
    if not missing:
        return parts
    splits.check_filled(parts)
    drawn, findings.torn_groups = held_out.draw(parts["train"], missing, seed, from_file)
    parts.update(drawn)
    return parts


def load_test_file(
    settings: DataSettings, label_names: Sequence[str], findings: Findings | None = None
) -> "DatasetDict":
    """Return all rows of `settings.data` as `test`, with labels in a stored model's order.

    What is to be told goes into `findings`. Raises `DataError` if the file's labels are not
    those of the model.
    """
    findings = findings or Findings()
    path = Path(settings.data)
    require_used(settings, [path])
    table = told(prepare_files([path], settings, grouped=False), findings)
    labels.require_labelled(
        path, table.counts(), settings.labels, settings.missing_label, of_model=True
    )
    return assemble_test(table, settings, label_names, findings)


def assemble_test(
    table: Prepared, settings: DataSettings, label_names: Sequence[str], findings: Findings
) -> "DatasetDict":
    """Return prepared rows as `test`, with labels in a stored model's order."""
    from datasets import DatasetDict

    found, stated = table.counts(), settings.labels
    scheme = labels.model_labels(stated, settings.missing_label, label_names, found)
    labels.require_known("test", found, scheme, stated, of_model=True)
    findings.notes += filter(None, [labels.left_out_note(scheme.left_out(found))])
    return DatasetDict(test=_dataset(table, scheme))


def read_table(path: Path, settings: DataSettings, tell: Tell = untold) -> list[LabelledRow]:
    """Return text and label of each row of a file, both as strings.

    `tell` is called with what a user should know of rows that can be read. Raises
    `DataError` if the file cannot be read, or any of its rows.
    """
    _require_readable(path)
    return list(_labelled_rows(path, settings, tell, grouped=False))


def prepare_files(
    paths: Sequence[Path], settings: DataSettings, grouped: bool, classes: Sequence[str] = ()
) -> Prepared:
    """Return the rows of files, one after the other, cleaned and hashed.

    `grouped`: with the groups asked for; `classes`: names of which labels may be the numbers.
    Raises `DataError` if a file cannot be read, or any of its rows.
    """
    for path in paths:
        _require_readable(path)
    reading = settings.model_dump(mode="json", include=set(DataSettings.model_fields))
    how = {name: value for name, value in reading.items() if name not in _AFTER_READING}
    files = [prepared_cache.identity_of(path) for path in paths]
    notes: list[str] = []
    spell = speller(classes)
    rows = chain.from_iterable(
        _labelled_rows(path, settings, notes.append, grouped, spell) for path in paths
    )
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return prepare(rows, f"{paths[0].name}{more}", [files, how, grouped, list(classes)], notes)


def told(table: Prepared, findings: Findings) -> Prepared:
    """Return a split as it is, after what was found in reading it was told."""
    findings.empty += table.empty
    findings.notes += table.notes
    return table


def _require_readable(path: Path) -> None:
    if not path.is_file():
        if address := _ADDRESS.match(str(path)):
            raise DataError(
                f"{address[1]}://{address[2]} is an address, and this reads files on a disk.",
                "Fetch it first, and pass the file.",
            )
        raise DataError(
            f"No such data file: {path}.",
            "Pass a CSV, TSV, JSON or Parquet file, or one of: packaged, hub.",
        )
    kind = find_kind(path)
    if kind is None:
        raise unknown_kind(path)
    if kind not in TABLES:
        raise DataError(
            f"{path} is plain text, which has no labels.",
            f"If its lines have columns, give it the ending .csv or .tsv. {known_endings()}",
        )


def _labelled_rows(
    path: Path,
    settings: DataSettings,
    tell: Tell,
    grouped: bool,
    spell: Callable[[Any], str] = labels.label_text,
) -> Iterator[LabelledRow]:
    """Yield the rows of a file as they are read; raise `DataError` for those that cannot be."""
    columns = [
        Column(settings.text_column, "--text-column"),
        Column(settings.label_column, "--label-column"),
    ]
    if grouped and settings.group_column:
        columns.append(Column(settings.group_column, "--group-column"))
    absent = set(range(len(columns)))
    row = None
    for row in read_rows(path, columns, settings, tell):
        values = _values(path, row)
        absent -= {place for place in absent if values[place] is not ABSENT}
        text, label, *group = values
        yield LabelledRow(
            "" if is_missing(text) else str(text),
            spell(label),
            group_text(group[0]) if group else "",
        )
    if row is None:
        raise DataError(f"{path} has no rows.", "Pass a file with labelled text.")
    if absent:
        missing = [columns[place] for place in sorted(absent)]
        raise no_such_column(path, missing, column_names(path, columns[0].name, settings))


def _values(path: Path, row: Row) -> tuple[Any, ...]:
    """Return a row's text and label as they were read; raise `DataError` for an unreadable row."""
    reason = "" if row.error is None else str(row.error)
    if row.error is None and not all(is_utf8(str(value)) for value in row.values):
        reason = "It is not valid UTF-8. " + (
            "Save it as UTF-8."
            if find_kind(path) == ".parquet"
            else "Mend it, or name the encoding of the file with --encoding."
        )
    try:
        checks = (check_text_type, check_label_type, check_group_type)
        for check, value in zip(checks, row.values, strict=False):
            check(value)
        if row.values and isinstance(row.values[0], str):
            check_length(row.values[0], MAX_CHARACTERS)
    except SentimentError as error:
        reason = str(error)
    if reason:
        kind, place = find_kind(path), f"{row.unit} {row.number}"
        raise DataError(f"{path} cannot be read as {kind}: {place}: {reason}")
    return row.values


def group_text(value: Any) -> str:
    """Return a group as text; empty, as of a row that is in none, however that is spelt."""
    text = labels.label_text(value)
    return "" if labels.is_missing(text) else text


def _dataset(rows: Prepared, scheme: labels.LabelScheme) -> "Dataset":
    """Return the rows whose label stands for a class."""
    codes = np.array([scheme.codes.get(value, -1) for value in rows.values], dtype=np.int64)
    return to_dataset(rows, codes[rows.column("value")], scheme.names)
