"""From settings to a corpus that is ready to train or evaluate on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sentiment.data import hub, labelled_files, packaged, splits, unused_flags
from sentiment.data.columns import read_column
from sentiment.data.findings import Findings
from sentiment.data.folders import split_files
from sentiment.data.near_duplicates import count_near_duplicates
from sentiment.data.prepared import LabelledRow, prepare, to_dataset
from sentiment.data.splits import SPLITS, Hashes
from sentiment.errors import DataError, UsageError, listed, listed_counts
from sentiment.schema import DataSummary
from sentiment.settings import DataSettings, FileSettings

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

BUILT_IN = ("packaged", "hub", "rotten-tomatoes")
_OF_COLUMNS = ("text_column", "label_column", "group_column", "labels", "missing_label")
_OF_FILES = tuple(FileSettings.model_fields)  # say how a file of the user's own is read
_SEPARATE_FILES = ("validation_file", "test_file")


@dataclass(frozen=True)
class Corpus:
    """Cleaned, labelled splits and their summary.

    Each split has the columns `text` (str) and `label` (a ClassLabel).
    """

    splits: "DatasetDict"
    summary: DataSummary
    all_train: "Dataset | None" = None
    """The training rows before `--train-size` took a subset; None without a training split."""
    hashes: Mapping[str, Hashes] = field(default_factory=dict)
    """The hash of each text of each split, and of `all_train`."""
    notes: tuple[str, ...] = ()
    """What else is to be told of the data, a sentence each."""

    @property
    def labels(self) -> list[str]:
        """The label names, in the order of the model's logits."""
        first: Dataset = next(iter(self.splits.values()))
        return list(first.features["label"].names)

    def seen_hashes(self, all_train: bool = True) -> Hashes:
        """Return the hashes of all texts that training or calibration uses.

        `all_train`: n-grams are fitted on the rows that `--train-size` leaves out, too.
        """
        train = self.hashes["all_train" if all_train else "train"]
        return np.union1d(train, self.hashes["validation"])

    def without(self, seen: Hashes) -> "Corpus":
        """Return the corpus without the test texts whose hashes are among `seen`."""
        keep = ~np.isin(self.hashes["test"], seen)
        parts = self.splits.copy()
        parts["test"] = parts["test"].select(np.flatnonzero(keep))
        hashes = {**self.hashes, "test": self.hashes["test"][keep]}
        return replace(self, splits=type(self.splits)(parts), hashes=hashes)


def load(settings: DataSettings) -> Corpus:
    """Return the corpus that `settings` describe, cleaned, subset and fingerprinted.

    Raises `UsageError` for a source without training rows, and for flags that
    apply only to a file of the user's own.
    """
    if settings.data == "rotten-tomatoes":
        raise UsageError(
            "rotten-tomatoes is a test set of another domain, not one to train on.",
            "Use --data packaged.",
        )
    findings = Findings()
    return _corpus(_source(settings, findings), settings, findings)


def load_test(settings: DataSettings, label_names: Sequence[str]) -> Corpus:
    """Return a corpus whose `test` split a model is to be evaluated on.

    For a built-in source that is the source's own test split, and so it is for one of the
    hub. For a file it is all the rows. Labels are numbered as in the stored model's
    `label_names`, except for built-in sources.
    """
    findings = Findings()
    if settings.data in BUILT_IN:
        parts = _source(settings, findings)
    elif files := split_files(Path(settings.data)):
        split = next(split for split in ("test", "validation", "train") if split in files)
        if split != "test":
            findings.notes.append(f"there is no test file; {files[split].name} is used")
        own = settings.model_copy(update={"data": str(files[split])})
        parts = labelled_files.load_test_file(own, label_names, findings)
    elif hub.is_hub(settings.data):
        parts = hub.load_hub_test(settings, label_names, findings)
    else:
        parts = labelled_files.load_test_file(settings, label_names, findings)
    return _corpus(parts, settings, findings)


def _source(settings: DataSettings, findings: Findings) -> "DatasetDict":
    if settings.data in BUILT_IN:
        unused_flags.refuse(settings, [*_OF_FILES, *_OF_COLUMNS, *_SEPARATE_FILES])
    elif hub.is_hub(settings.data):
        unused_flags.refuse(settings, _SEPARATE_FILES)
    if settings.data == "packaged":
        return _cleaned(packaged.load_imdb(), findings)
    if settings.data == "rotten-tomatoes":
        return _cleaned(packaged.load_rotten_tomatoes(), findings)
    if settings.data == "hub":
        return hub.load_hub(hub.imdb(settings), findings)
    if files := split_files(Path(settings.data)):
        return labelled_files.load_files(_of_files(settings, files), findings)
    if hub.is_hub(settings.data):
        return hub.load_hub(settings, findings)
    return labelled_files.load_files(settings, findings)


def _of_files(settings: DataSettings, files: Mapping[str, Path]) -> DataSettings:
    """Return the settings for a folder of files of splits, which has to have rows to train on."""
    if "train" not in files:
        raise DataError(
            f"{settings.data} has no training file; it has "
            f"{', '.join(path.name for path in files.values())}.",
            "Name one train.csv, or pass it with --data.",
        )
    others = {f"{split}_file": path for split, path in files.items() if split != "train"}
    return settings.model_copy(update={"data": str(files["train"]), **others})


def _cleaned(raw: "DatasetDict", findings: Findings) -> "DatasetDict":
    """Return splits that are in memory cleaned, with the hash of each text."""
    cleaned = {}
    for split, rows in raw.items():
        names, columns = rows.features["label"].names, rows[:]
        pairs = zip(columns["text"], columns["label"], strict=True)
        found = prepare((LabelledRow(text or "", names[label]) for text, label in pairs), split)
        labels = np.array([names.index(value) for value in found.values], dtype=np.int64)
        cleaned[split] = to_dataset(found, labels[found.column("value")], names)
        findings.empty += found.empty
    return type(raw)(cleaned)


def _corpus(parts: "DatasetDict", settings: DataSettings, findings: Findings) -> Corpus:
    splits.check_filled(parts)
    parts, duplicates = splits.drop_seen(parts)
    splits.check_splits(parts)
    everything = type(parts)(parts)
    torn, torn_rows = splits.contradictions(everything)
    near, all_compared = count_near_duplicates(everything)
    _take_subsets(parts, settings, findings.notes)
    summary = DataSummary(
        source=hub.NAME if settings.data == "hub" else settings.data,
        fingerprint=splits.fingerprint(parts),
        sizes={name: len(parts[name]) for name in SPLITS if name in parts},
        class_counts={name: _class_counts(parts[name]) for name in SPLITS if name in parts},
        dropped_empty=findings.empty,
        dropped_duplicates=duplicates + findings.torn_groups,
        contradictory=torn,
        near_duplicates=near,
    )
    notes = [*findings.notes, *_remarks(torn, torn_rows, near, all_compared)]
    hashes = {name: splits.hashes_of(rows) for name, rows in parts.items()}
    if "train" in everything:
        hashes["all_train"] = splits.hashes_of(everything["train"])
    plain = ["text", "label"]
    all_train = everything["train"].select_columns(plain) if "train" in everything else None
    return Corpus(parts.select_columns(plain), summary, all_train, hashes, tuple(notes))


def _take_subsets(parts: "DatasetDict", settings: DataSettings, notes: list[str]) -> None:
    """Cut the training and the validation split to the sizes that are asked for."""
    for name, size in (("train", settings.train_size), ("validation", settings.validation_size)):
        if size is not None and name in parts:
            parts[name], note = _subset(parts[name], name, size, settings.seed)
            notes += [note] if note else []


def _subset(rows: "Dataset", split: str, size: int, seed: int) -> "tuple[Dataset, str]":
    """Return at most `size` rows, as balanced as they can be, and what to say of that.

    Raises `UsageError` if there would be no rows of a label to train on.
    """
    names, counts = rows.features["label"].names, _class_counts(rows)
    if size >= len(rows):
        fewer = f"{split}: all {len(rows):,} rows; --{split}-size {size} is more than there are"
        return rows, fewer if size > len(rows) else ""
    if split == "train" and size < len(names):
        raise UsageError(
            f"--train-size {size} leaves no rows of {listed(names[size:])}.",
            f"Ask for {len(names)} or more, one of each label.",
        )
    shares = splits.balanced_shares(list(counts.values()), size)
    short = {
        name: count
        for name, count, share in zip(names, counts.values(), shares, strict=True)
        if share == count < size // len(names)
    }
    note = f"{split}: not balanced, with all there are of {listed_counts(short)}" if short else ""
    return splits.balanced_subset(rows, size, seed), note


def _remarks(torn: int, torn_rows: int, near: int, all_compared: bool) -> list[str]:
    remarks = []
    if torn:
        remarks.append(
            f"texts that stand with more than one label: {torn:,}, in {torn_rows:,} rows"
        )
    if near:
        sample = "" if all_compared else " of those compared, a sample"
        remarks.append(
            f"held-out texts that are nearly identical to a training text: {near:,}{sample}"
        )
    return remarks


def _class_counts(rows: "Dataset") -> dict[str, int]:
    names = rows.features["label"].names
    counts = np.bincount(read_column(rows, "label"), minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}
