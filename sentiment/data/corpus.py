"""From settings to a corpus that is ready to train or evaluate on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sentiment.data import hub, labelled_files, packaged, splits
from sentiment.errors import UsageError, listed, listed_counts
from sentiment.schema import DataSummary
from sentiment.settings import DataSettings, FileSettings

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

SPLITS = ("train", "validation", "test")
_BUILT_IN = ("packaged", "hub", "rotten-tomatoes")
_OF_FILES = (  # settings that say how a file of the user's own is read
    *FileSettings.model_fields,
    "text_column",
    "label_column",
    "labels",
    "missing_label",
    "validation_file",
    "test_file",
)


@dataclass(frozen=True)
class Corpus:
    """Cleaned, labelled splits and their summary.

    Each split has the columns `text` (str) and `label` (a ClassLabel).
    """

    splits: "DatasetDict"
    summary: DataSummary
    all_train: "Dataset | None" = None
    """The training rows before `--train-size` took a subset; None without a training split."""
    notes: tuple[str, ...] = ()
    """What a user should know of the data, a line each: what was left out, what looks wrong."""

    @property
    def labels(self) -> list[str]:
        """The label names, in the order of the model's logits."""
        first: Dataset = next(iter(self.splits.values()))
        return list(first.features["label"].names)

    def seen_hashes(self) -> npt.NDArray[np.uint64]:
        """Return the hashes of all texts that training or calibration uses."""
        train = self.all_train or self.splits["train"]
        rows = [*splits.read(train), *splits.read(self.splits["validation"])]
        return splits.hash_texts(text for text, _ in rows)


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
    notes: list[str] = []
    return _prepare(_source(settings, notes), settings, notes)


def load_test(settings: DataSettings, label_names: Sequence[str]) -> Corpus:
    """Return a corpus whose `test` split a model is to be evaluated on.

    For a built-in source that is the source's own test split. For a file it is all the
    rows, with labels numbered as in the stored model's `label_names`.
    """
    notes: list[str] = []
    if settings.data in _BUILT_IN:
        return _prepare(_source(settings, notes), settings, notes)
    raw = labelled_files.load_test_file(settings, label_names, notes)
    return _prepare(raw, settings, notes)


def _source(settings: DataSettings, notes: list[str]) -> "DatasetDict":
    if settings.data in _BUILT_IN:
        for name in _OF_FILES:
            if getattr(settings, name) != DataSettings.model_fields[name].default:
                raise UsageError(
                    f"--{name.replace('_', '-')} does not go with --data {settings.data}.",
                    "Pass --data with a file of your own.",
                )
    if settings.data == "packaged":
        return packaged.load_imdb()
    if settings.data == "rotten-tomatoes":
        return packaged.load_rotten_tomatoes()
    if settings.data == "hub":
        return hub.load_imdb(settings.seed)
    return labelled_files.load_files(settings, notes)


def _prepare(raw: "DatasetDict", settings: DataSettings, notes: list[str]) -> Corpus:
    parts, empty = splits.clean_rows(raw)
    parts, duplicates = splits.drop_seen(parts)
    splits.check_splits(parts)
    all_train = parts.get("train")
    for name, size in (("train", settings.train_size), ("validation", settings.validation_size)):
        if size is not None and name in parts:
            parts[name], note = _subset(parts[name], name, size, settings.seed)
            notes += [note] if note else []
    summary = DataSummary(
        source=hub.NAME if settings.data == "hub" else settings.data,
        fingerprint=splits.fingerprint(parts),
        sizes={name: len(parts[name]) for name in SPLITS if name in parts},
        class_counts={name: _class_counts(parts[name]) for name in SPLITS if name in parts},
        dropped_empty=empty,
        dropped_duplicates=duplicates,
    )
    return Corpus(parts, summary, all_train, tuple(notes))


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


def _class_counts(rows: "Dataset") -> dict[str, int]:
    counts = Counter(rows[:]["label"])
    return {name: counts[index] for index, name in enumerate(rows.features["label"].names)}
