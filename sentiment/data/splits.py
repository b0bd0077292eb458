"""What every source goes through: cleaning, dropping, subsets, fingerprints.

It reads no files, and does not depend on where rows came from. A split may have a column
`hash` with the hashes of its texts; where it has none they are computed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sentiment.data.columns import read_column
from sentiment.errors import DataError, listed
from sentiment.text import clean

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

Hashes = npt.NDArray[np.uint64]

SPLITS = ("train", "validation", "test")

HASH_BYTES = 8  # the chance that two of 25,000 texts share a hash is 2e-11


def text_hash(cleaned: str) -> bytes:
    """Return the 8-byte BLAKE2b digest that stands for a cleaned text."""
    return hashlib.blake2b(cleaned.encode(), digest_size=HASH_BYTES).digest()


def hash_each(cleaned: Iterable[str]) -> Hashes:
    """Return the hash of each cleaned text, in order, of shape (texts,)."""
    digests = b"".join(map(text_hash, cleaned))
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def hash_texts(texts: Iterable[str]) -> Hashes:
    """Return the sorted, distinct hashes of cleaned texts."""
    return np.unique(hash_each(texts))


def clean_and_hash(texts: Sequence[str]) -> tuple[list[str], Hashes]:
    """Return the cleaned texts, the empty ones too, and the hash of each."""
    cleaned = [clean(text) for text in texts]
    return cleaned, hash_each(cleaned)


def hashes_of(rows: "Dataset") -> Hashes:
    """Return the hash of each text of a split, in order."""
    if "hash" in rows.column_names:
        return read_column(rows, "hash")
    return hash_each(rows[:]["text"])


def drop_seen(splits: "DatasetDict") -> "tuple[DatasetDict, int]":
    """Keep a text that is in several splits only in the last; return how many rows are dropped.

    The order is training, validation, test, so no text of the test split was trained or
    calibrated on. Raises `DataError` when nothing is left of a split.
    """
    later = np.empty(0, dtype=np.uint64)
    dropped = 0
    for name in ("test", "validation", "train"):
        if name not in splits:
            continue
        hashes = hashes_of(splits[name])
        keep = np.flatnonzero(~np.isin(hashes, later))
        dropped += len(hashes) - len(keep)
        if len(keep) < len(hashes):
            if not len(keep):
                raise DataError(
                    f"All {len(hashes):,} rows of the {name} split also stand in a later one "
                    "(train, validation, test).",
                    "Leave them out there, or pass other files.",
                )
            splits[name] = splits[name].select(keep)
        later = np.concatenate([later, hashes])
    return splits, dropped


def contradictions(splits: "DatasetDict") -> tuple[int, int]:
    """Return how many texts stand with more than one label, and in how many rows."""
    hashes = np.concatenate([hashes_of(rows) for rows in splits.values()])
    labels = np.concatenate([read_column(rows, "label") for rows in splits.values()])
    _, text, rows = np.unique(hashes, return_inverse=True, return_counts=True)
    order = np.lexsort((labels, text))
    starts = np.flatnonzero(np.diff(text[order], prepend=-1))
    lowest, highest = labels[order][starts], labels[order][np.append(starts[1:], len(order)) - 1]
    torn = lowest != highest
    return int(torn.sum()), int(rows[torn].sum())


def balanced_subset(rows: "Dataset", size: int, seed: int) -> "Dataset":
    """Return `size` shuffled rows with equally many of each label, give or take one.

    Of a label with fewer rows all are taken, and more of the others.
    """
    labels = read_column(rows, "label")
    names = rows.features["label"].names
    generator = np.random.default_rng(seed)
    chosen: list[Any] = []
    counts = np.bincount(labels, minlength=len(names)).tolist()
    for index, wanted in enumerate(balanced_shares(counts, size)):
        of_label = np.flatnonzero(labels == index)
        chosen.extend(generator.choice(of_label, wanted, replace=False))
    return rows.select(generator.permutation(chosen))


def balanced_shares(counts: Sequence[int], size: int) -> list[int]:
    """Return how many rows of each label to take, of `counts` that there are, for `size` in all.

    What a label lacks is shared by the others, so that the numbers are as equal as they can be.
    """
    shares = [0] * len(counts)
    left = min(size, sum(counts))
    while left:
        places = [place for place, count in enumerate(counts) if shares[place] < count]
        for turn, place in enumerate(places):
            equal = left // len(places) + (turn < left % len(places))
            shares[place] += min(equal, counts[place] - shares[place])
        left = min(size, sum(counts)) - sum(shares)
    return shares


def check_filled(splits: "DatasetDict") -> None:
    """Raise `DataError` when a split is empty."""
    for name, rows in splits.items():
        if not len(rows):
            raise DataError(
                f"The {name} split has no rows that hold text.", "Check the file and its columns."
            )


def check_splits(splits: "DatasetDict") -> None:
    """Raise `DataError` when a split is empty or the training rows lack a label."""
    check_filled(splits)
    if "train" not in splits:
        return
    names = splits["train"].features["label"].names
    found = {names[index] for index in np.unique(read_column(splits["train"], "label"))}
    if len(found) < 2:
        raise DataError(
            f"All training rows have one label, {found.pop()!r}.",
            "A classifier needs at least two; check --label-column.",
        )
    if missing := [name for name in names if name not in found]:
        raise DataError(
            f"There are no training rows of {listed(missing)}.",
            "Add some, or train without: pass --labels with the others alone.",
        )


def fingerprint(splits: "DatasetDict") -> str:
    """Return the SHA-256 of all cleaned texts and labels, in order, split by split."""
    digest = hashlib.sha256()
    for name in sorted(splits):
        digest.update(name.encode())
        pairs = np.empty(len(splits[name]), dtype=[("hash", "<u8"), ("label", "<u4")])
        pairs["hash"] = hashes_of(splits[name])
        pairs["label"] = read_column(splits[name], "label")
        digest.update(pairs.tobytes())
    return digest.hexdigest()
