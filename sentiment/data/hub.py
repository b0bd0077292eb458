"""Data sets of the Hugging Face hub or its cache, and folders in the format of `datasets`.

Their own splits and the names of their labels are kept; what they lack is drawn from the
training rows. Where a data set lies, `hub_places` knows; its rows come from `hub_files` or
`hub_tables`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.data.findings import Findings
from sentiment.data.folders import SPELLINGS
from sentiment.data.hub_files import HubFiles, find_files
from sentiment.data.hub_places import PREFIX, find_builder, in_words, saved_splits
from sentiment.data.hub_tables import HubTables
from sentiment.data.labelled_files import assemble, assemble_test, complete, require_drawn, told
from sentiment.data.labels import label_text, require_labelled
from sentiment.data.prepared import Prepared
from sentiment.data.unused_flags import refuse
from sentiment.errors import DataError, listed
from sentiment.settings import DataSettings, FileSettings

if TYPE_CHECKING:
    from datasets import DatasetDict

NAME = "stanfordnlp/imdb"
_IMDB_LABELS = ("neg=negative", "pos=positive")
_UNLABELLED = ([""], ["-1"], ["", "-1"])
_MOST_NAMED = 10


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
    source = _open(settings, findings)
    found = {
        split: _table(source, settings, split, own, findings)
        for split, own in _named(source.splits(), findings).items()
    }
    tables = {split: table for split, table in found.items() if table is not None}
    if not tables:
        raise _no_labels(settings)
    if "train" not in tables:
        raise DataError(
            f"{settings.data} has no training split; it has {', '.join(tables)}.",
            "Name a data set, or a configuration of it, that has one.",
        )
    require_drawn(settings, tables)
    values = {value for table in tables.values() for value in table.values}
    names = [name for name in map(label_text, source.classes()) if name in values]
    parts = assemble(tables, settings, settings.labels or names, findings)
    return complete(parts, settings.seed, findings, from_file=False)


def load_hub_test(
    settings: DataSettings, label_names: Sequence[str], findings: Findings
) -> "DatasetDict":
    """Return as `test` the rows to evaluate on, with labels in a stored model's order.

    They are those of the test split, of validation if that has no labels, else of training.
    """
    settings = settings.model_copy(update={"group_column": None})
    source = _open(settings, findings)
    names = _named(source.splits(), findings)
    for split in [split for split in ("test", "validation", "train") if split in names]:
        table = _table(source, settings, split, names[split], findings, of_model=True)
        if table is None:
            continue
        if split != "test":
            findings.notes.append(f"there is no labelled test split; the {split} split is used")
        return assemble_test(table, settings, label_names, findings)
    raise _no_labels(settings)


def _open(settings: DataSettings, findings: Findings) -> HubFiles | HubTables:
    """Return a data set, of which no row is read yet where it is made of files."""
    with in_words(settings) as (name, configuration):
        saved = saved_splits(Path(name))
        if saved is not None:
            refuse(settings, FileSettings.model_fields)
            return HubTables(settings, saved)
        builder = find_builder(name, configuration, findings)
        if files := find_files(builder, settings, findings):
            return files
        refuse(settings, FileSettings.model_fields)
        builder.download_and_prepare()
        return HubTables(settings, builder.as_dataset())


def _table(
    source: HubFiles | HubTables,
    settings: DataSettings,
    split: str,
    own: str,
    findings: Findings,
    of_model: bool = False,
) -> Prepared | None:
    """Return a split prepared; None, which is told, if none of its rows has a label.

    `own` is what the data set calls it. Raises `DataError` if some of its rows have none.
    """
    table = source.read(own, split)
    if sorted(table.values) in _UNLABELLED:
        findings.notes.append(
            f"the {split} split has no labels in any of its {len(table.table):,} rows, so it is "
            "not used"
        )
        return None
    named = f"The {split} split of {settings.data}"
    counts = table.counts()
    require_labelled(named, counts, settings.labels, settings.missing_label, of_model)
    return told(table, findings)


def _no_labels(settings: DataSettings) -> DataError:
    return DataError(f"No split of {settings.data} has labels.", "Name another label column.")


def _named(splits: Sequence[str], findings: Findings) -> dict[str, str]:
    """Return what splits are called here and there; a single one is for training."""
    found = {
        split: spelling
        for split, spellings in SPELLINGS.items()
        for spelling in spellings[::-1]
        if spelling in splits
    }
    if not found and len(splits) == 1:
        return {"train": splits[0]}
    known = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    if others := [split for split in splits if split not in known]:
        findings.notes.append(f"not used: the splits {', '.join(others[:_MOST_NAMED])}")
    if not found:
        raise DataError(
            f"None of the splits is for training or tests: {listed(splits)}.",
            "Name a data set with a split named train or test.",
        )
    return found
