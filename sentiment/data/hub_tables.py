"""A data set as `datasets` reads it: Parquet, Arrow, what it saved, and what is its alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.data import prepared_cache
from sentiment.data.labelled_files import group_text
from sentiment.data.labels import label_text
from sentiment.data.prepared import LabelledRow, Prepared, prepare
from sentiment.data.rows.row import Column, no_such_column
from sentiment.errors import DataError
from sentiment.settings import DataSettings

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

_NO_LABELS = ("timestamp", "date", "time", "duration", "binary", "large_binary")  # types of Arrow


@dataclass(frozen=True)
class HubTables:
    """The splits of a data set, under its own names for them, as tables."""

    settings: DataSettings
    tables: "DatasetDict"

    def splits(self) -> list[str]:
        """Return what the data set calls its splits."""
        return list(self.tables)

    def classes(self) -> Sequence[str]:
        """Return the names of a ClassLabel, in its order."""
        first = next(iter(self.tables.values()))
        names: Sequence[str] = getattr(first.features[self.settings.label_column], "names", ())
        return names

    def read(self, split: str, name: str) -> Prepared:
        """Return a split prepared; raise `DataError` on a column that cannot be used.

        `name` is what it is called here.
        """
        rows = self.tables[split]
        _check_columns(self.settings, rows)
        identity = _identity(self.settings, rows)
        return prepare(_rows(self.settings, rows), f"{self.settings.data} {name}", identity)


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
