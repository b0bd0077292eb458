"""Your own labelled text: CSV, TSV, JSON or Parquet, with labels of any kind."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sentiment.data import labels
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
from sentiment.errors import DataError, SentimentError, listed
from sentiment.settings import DataSettings
from sentiment.text import is_utf8

if TYPE_CHECKING:
    from datasets import DatasetDict

_HELD_OUT_SHARE = 0.1  # of the main file, for each split that has no file of its own


class LabelledRow(NamedTuple):
    """A text as it was read, and its label as `labels.label_text` spells it."""

    text: str
    label: str


def load_files(settings: DataSettings, notes: list[str] | None = None) -> "DatasetDict":
    """Return the splits of `settings.data` and of the optional separate files.

    A split without a file of its own is a stratified, seeded tenth of the main
    file. What a user should know of the data is added to `notes`. Raises `DataError` on a
    missing file or column, labels that cannot be classes, and fewer than two of them.
    """
    from datasets import DatasetDict

    notes = [] if notes is None else notes
    files = {"train": Path(settings.data)}
    files |= {"validation": settings.validation_file} if settings.validation_file else {}
    files |= {"test": settings.test_file} if settings.test_file else {}
    require_used(settings, files.values())
    tables = {split: read_table(path, settings, notes) for split, path in files.items()}
    counts = {split: _counts(rows) for split, rows in tables.items()}
    for split, path in files.items():
        labels.require_labelled(path, counts[split], settings.labels, settings.missing_label)
    everywhere = sum(counts.values(), Counter())
    scheme = labels.choose_labels(
        settings.labels, settings.missing_label, counts["train"], everywhere
    )
    for split, found in counts.items():
        labels.require_known(split, found, scheme, settings.labels, of_model=False)
    _tell(notes, scheme, everywhere)
    splits = DatasetDict({split: _dataset(rows, scheme) for split, rows in tables.items()})
    total = len(splits["train"])
    for split in ("test", "validation"):
        if split not in splits:
            parts = _hold_out(splits["train"], total, settings.seed)
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

    notes = [] if notes is None else notes
    path = Path(settings.data)
    require_used(settings, [path])
    rows = read_table(path, settings, notes)
    found = _counts(rows)
    stated, missing_as = settings.labels, settings.missing_label
    labels.require_labelled(path, found, stated, missing_as)
    scheme = labels.model_labels(stated, missing_as, label_names, found)
    labels.require_known("test", found, scheme, stated, of_model=True)
    notes += [note for note in [labels.left_out_note(scheme.left_out(found))] if note]
    return DatasetDict(test=_dataset(rows, scheme))


def read_table(
    path: Path, settings: DataSettings, notes: list[str] | None = None
) -> list[LabelledRow]:
    """Return text and label of each row of a file, both as strings.

    What a user should know of the file is added to `notes`: rows that repeat the heading
    and are left out, for one. Raises `DataError` if the file cannot be read, or any of its
    rows.
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
    rows = [(row.number, _values(path, row)) for row in read_rows(path, columns, settings, tell)]
    if not rows:
        raise DataError(f"{path} has no rows.", "Pass a file with labelled text.")
    for place, column in enumerate(columns):
        if all(values[place] is ABSENT for _, values in rows):
            raise no_such_column(path, column, column_names(path, settings))
    kept, repeated = _without_headings(rows, settings)
    if repeated and notes is not None:
        notes.append(
            f"left out: {len(repeated):,} rows of {path} that repeat its heading, in lines "
            f"{listed(repeated)}"
        )
    return [
        LabelledRow("" if is_missing(text) else str(text), labels.label_text(label))
        for text, label in kept
    ]


def _without_headings(
    rows: Iterable[tuple[int, tuple[Any, ...]]], settings: DataSettings
) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Return the rows without those that repeat the heading, and the numbers of these.

    Such rows come from files that were joined. Columns without names have no heading.
    """
    heading = (settings.text_column, settings.label_column)
    kept, repeated = [], []
    for number, values in rows:
        if tuple(str(value).strip() for value in values) == heading and not heading[0].isdigit():
            repeated.append(number)
        else:
            kept.append(values)
    return kept, repeated


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


def _counts(rows: Sequence[LabelledRow]) -> Counter[str]:
    return Counter(row.label for row in rows)


def _tell(notes: list[str], scheme: labels.LabelScheme, found: labels.Counts) -> None:
    """Add what is to be known of the labels."""
    told = [labels.left_out_note(scheme.left_out(found)), *labels.case_notes(scheme, found)]
    notes += [note for note in told if note]


def _dataset(rows: Sequence[LabelledRow], scheme: labels.LabelScheme) -> Any:
    """Return the rows whose label stands for a class."""
    from datasets import ClassLabel, Dataset, Features, Value

    kept = [row for row in rows if row.label in scheme.codes]
    columns = {
        "text": [row.text for row in kept],
        "label": [scheme.codes[row.label] for row in kept],
    }
    features = Features({"text": Value("string"), "label": ClassLabel(names=scheme.names)})
    return Dataset.from_dict(columns, features=features)


def _hold_out(rows: Any, total: int, seed: int) -> Any:
    """Split `rows` in two: `test` gets as many as a tenth of the `total` rows of the file."""
    names = rows.features["label"].names
    size = max(round(total * _HELD_OUT_SHARE), len(names))
    try:
        return rows.train_test_split(test_size=size, stratify_by_column="label", seed=seed)
    except ValueError:
        raise DataError(
            f"{total} rows are too few to split into train, validation and test "
            f"with each of {listed(names)} in each.",
            "Add rows of each label, or pass --validation-file and --test-file.",
        ) from None
