"""Data sets of the Hugging Face hub or its cache, and folders in the format of `datasets`.

Their own splits and the names of their labels are kept; what they lack is drawn from the
training rows.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.data import prepared_cache
from sentiment.data.findings import Findings
from sentiment.data.folders import SAVED, SPELLINGS
from sentiment.data.labelled_files import assemble, assemble_test, complete, group_text
from sentiment.data.labels import label_text, require_labelled
from sentiment.data.prepared import LabelledRow, Prepared, prepare
from sentiment.data.rows.row import Column, no_such_column
from sentiment.errors import DataError, listed
from sentiment.settings import DataSettings

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

NAME = "stanfordnlp/imdb"
PREFIX = "hub:"
_IMDB_LABELS = ("neg=negative", "pos=positive")
_UNLABELLED = ([""], ["-1"], ["", "-1"])
_MOST_NAMED = 10
_NO_LABELS = ("timestamp", "date", "time", "duration", "binary", "large_binary")  # types of Arrow


def is_hub(data: str) -> bool:
    """Return whether `--data` names a data set of the hub, or a folder."""
    return data.startswith(PREFIX) or Path(data).is_dir()


def imdb(settings: DataSettings) -> DataSettings:
    """Return the settings for what `--data hub` is short for."""
    return settings.model_copy(update={"data": f"{PREFIX}{NAME}", "labels": _IMDB_LABELS})


def load_hub(settings: DataSettings, findings: Findings) -> "DatasetDict":
    """Return the splits of `hub:OWNER/NAME[:CONFIG]` or of a folder, which has to have rows to
    train on.

    Raises `DataError` when it is not to be had, or lacks a column or labels.
    """
    tables, names = _tables(settings, findings)
    if "train" not in tables:
        raise DataError(
            f"{settings.data} has no training split; it has {', '.join(tables)}.",
            "Name a data set, or a configuration of it, that has one.",
        )
    parts = assemble(tables, settings, settings.labels or names, findings)
    return complete(parts, settings.seed, findings, from_file=False)


def load_hub_test(
    settings: DataSettings, label_names: Sequence[str], findings: Findings
) -> "DatasetDict":
    """Return as `test` the rows to evaluate on, with labels in a stored model's order.

    They are those of the test split, of validation if that has no labels, else of training.
    """
    raw = _named(_load(settings), findings)
    for split in [split for split in ("test", "validation", "train") if split in raw]:
        table = _table(settings, split, raw[split], findings, of_model=True)
        if table is None:
            continue
        if split != "test":
            findings.notes.append(f"there is no labelled test split; the {split} split is used")
        return assemble_test(table, settings, label_names, findings)
    raise _no_labels(settings)


def _tables(
    settings: DataSettings, findings: Findings
) -> tuple[dict[str, Prepared], tuple[str, ...]]:
    """Return the labelled splits, prepared, and the names of a ClassLabel that occur."""
    raw = _named(_load(settings), findings)
    found = {split: _table(settings, split, rows, findings) for split, rows in raw.items()}
    tables = {split: table for split, table in found.items() if table is not None}
    if not tables:
        raise _no_labels(settings)
    known = next(iter(raw.values())).features[settings.label_column]
    values = {value for table in tables.values() for value in table.values}
    names = map(label_text, getattr(known, "names", ()))
    return tables, tuple(name for name in names if name in values)


def _table(
    settings: DataSettings,
    split: str,
    rows: "Dataset",
    findings: Findings,
    of_model: bool = False,
) -> Prepared | None:
    """Return a split prepared; None, which is told, if none of its rows has a label.

    Raises `DataError` if some of its rows have none.
    """
    _check_columns(settings, rows)
    table = prepare(_rows(settings, rows), f"{settings.data} {split}", _identity(settings, rows))
    if sorted(table.values) in _UNLABELLED:
        findings.notes.append(
            f"the {split} split has no labels in any of its {len(table.table):,} rows, so it is "
            "not used"
        )
        return None
    source = f"The {split} split of {settings.data}"
    counts = table.counts()
    require_labelled(source, counts, settings.labels, settings.missing_label, of_model)
    findings.empty += table.empty
    return table


def _no_labels(settings: DataSettings) -> DataError:
    return DataError(f"No split of {settings.data} has labels.", "Name another label column.")


def _load(settings: DataSettings) -> "DatasetDict":
    from datasets import Dataset, DatasetDict, load_dataset, load_from_disk

    name, configuration = settings.data, ""
    if name.startswith(PREFIX):
        name, _, configuration = name.removeprefix(PREFIX).partition(":")
    if not name:
        raise DataError(f"--data {settings.data!r} names nothing.", "As in: --data hub:OWNER/NAME.")
    folder = Path(name)
    try:
        if any((folder / each).is_file() for each in SAVED):
            raw = load_from_disk(folder)
        else:
            raw = load_dataset(name, configuration or None)
    except Exception as error:  # the hub's client raises many unrelated types
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        if folder.is_dir() and not settings.data.startswith(PREFIX):
            raise DataError(
                f"The folder {folder} cannot be read as a data set ({reason}).",
                "Pass a file, or a folder that `save_to_disk` of `datasets` wrote.",
            ) from error
        raise DataError(
            f"{name} could be loaded neither from the hub nor from its cache ({reason}).",
            "Check the connection, or pass --data packaged.",
        ) from error
    return DatasetDict(train=raw) if isinstance(raw, Dataset) else raw


def _named(raw: "DatasetDict", findings: Findings) -> "dict[str, Dataset]":
    """Return the splits under the names that they have here; a single one is for training."""
    found = {
        split: raw[spelling]
        for split, spellings in SPELLINGS.items()
        for spelling in spellings[::-1]
        if spelling in raw
    }
    if not found and len(raw) == 1:
        return {"train": next(iter(raw.values()))}
    known = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    if others := [split for split in raw if split not in known]:
        findings.notes.append(f"not used: the splits {', '.join(others[:_MOST_NAMED])}")
    if not found:
        raise DataError(
            f"None of the splits is for training or tests: {listed(map(str, raw))}.",
            "Name a data set with a split named train or test.",
        )
    return found


def _check_columns(settings: DataSettings, rows: "Dataset") -> None:
    """Raise `DataError` on a column that is missing or of a type that cannot be used."""
    from datasets import ClassLabel, Value

    wanted = [
        Column(settings.text_column, "--text-column"),
        Column(settings.label_column, "--label-column"),
    ]
    if settings.group_column:
        wanted.append(Column(settings.group_column, "--group-column"))
    if missing := [column for column in wanted if column.name not in rows.features]:
        raise no_such_column(settings.data, missing, list(rows.features))
    for name, flag in ((column.name, column.flag) for column in wanted):
        feature = rows.features[name]
        if not isinstance(feature, ClassLabel | Value):
            several = "several labels a text are not supported" if "label" in flag else "not text"
            raise DataError(
                f"The column {name!r} of {settings.data} holds {type(feature).__name__} "
                f"values: {several}.",
                f"Name another with {flag}.",
            )
    label = getattr(rows.features[settings.label_column], "dtype", "")
    if label.startswith(_NO_LABELS):
        raise DataError(
            f"The column {settings.label_column!r} of {settings.data} holds no words or numbers "
            f"but {label}.",
            "Name another with --label-column.",
        )
    text = rows.features[settings.text_column]
    if not isinstance(text, Value) or "string" not in text.dtype:
        raise DataError(
            f"The column {settings.text_column!r} of {settings.data} holds no text but "
            f"{getattr(text, 'dtype', 'labels')}.",
            "Name another with --text-column.",
        )


def _rows(settings: DataSettings, rows: "Dataset") -> Iterator[LabelledRow]:
    """Yield the rows of a split; the label of one without is empty."""
    names: Any = getattr(rows.features[settings.label_column], "names", None)
    columns = [settings.text_column, settings.label_column, settings.group_column]
    needed = list(dict.fromkeys(column for column in columns if column))
    for batch in rows.select_columns(needed).iter(1000):
        labels = batch[settings.label_column]
        groups = batch[settings.group_column] if settings.group_column else [None] * len(labels)
        for text, label, group in zip(batch[settings.text_column], labels, groups, strict=True):
            if label is None or label != label or (names and label < 0):
                spelled = ""
            else:
                spelled = label_text(names[label] if names else label)
            yield LabelledRow(text or "", spelled, group_text(group))


def _identity(settings: DataSettings, rows: "Dataset") -> Any:
    """Return what tells whether a split is still the same; None for one that is in memory."""
    files = [prepared_cache.identity_of(Path(file["filename"])) for file in rows.cache_files]
    columns = [settings.text_column, settings.label_column, settings.group_column]
    return [*files, len(rows), *columns] if files else None
