"""A linear classifier over hashed n-grams of token ids: what the words alone say of a text.

It reads the whole text, however long, in a fraction of a millisecond. Single tokens
and pairs of neighbours are hashed into a table of weights (Weinberger et al., "Feature
Hashing for Large Scale Multitask Learning", ICML 2009). The weights are those of a
logistic regression over features scaled as naive Bayes would weigh them (Wang and
Manning, "Baselines and Bigrams", ACL 2012); `training.ngram_fitting` fits them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from sentiment.calibration import FloatArray
from sentiment.errors import ModelDamaged, in_one_line

NGRAMS_FILE = "ngrams.npz"

_NOT_WHOLE = (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError, NotImplementedError)
"""What numpy raises on a file that is no archive, or another one than was written."""

BITS = 21
"""The table has 2**BITS weights, a byte each: 2 MB a label."""

_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio, as Fibonacci hashing takes it
_TAIL = 1 / 3  # of a text is its end, where a verdict that turns round would stand


@dataclass(frozen=True, slots=True)
class NgramReading:
    """What the n-grams of a text say, and how much there is to go by."""

    logits: FloatArray
    """Of shape (labels,)."""
    tokens: int
    """Tokens of the whole text, special tokens left out."""
    seen: float
    """Share of its n-grams that were seen in training, in [0, 1]."""
    steady: bool
    """Whether the end of the text by itself speaks for the same label as the whole."""


@dataclass(frozen=True)
class NgramClassifier:
    """Weights of n-grams; safe to use from several threads."""

    weights: npt.NDArray[np.int8]
    """Of shape (labels, buckets), or (1, buckets) for the second of two labels."""
    scales: FloatArray
    """Of shape (rows of `weights`,): what a weight of 1 stands for."""
    intercepts: FloatArray
    """Of shape (rows of `weights`,)."""

    @classmethod
    def read(cls, folder: Path) -> "NgramClassifier":
        """Return the n-grams of a stored model; raise `ModelDamaged` if the file is not whole."""
        file = folder / NGRAMS_FILE
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
                return cls(arrays["weights"], arrays["scales"], arrays["intercepts"])
        except FileNotFoundError:
            fault = "is missing"
        except _NOT_WHOLE as error:
            fault = f"is damaged ({in_one_line(error)})"
        raise ModelDamaged(
            f"{file} {fault}.",
            "Copy the model again or train it anew; without n-grams it answers by its encoder "
            "alone: SENTIMENT_CASCADE=off in the server, --cascade off on a command line.",
        )

    def write(self, folder: Path) -> None:
        """Write the n-grams into a model's folder."""
        np.savez(
            folder / NGRAMS_FILE,
            weights=self.weights,
            scales=self.scales,
            intercepts=self.intercepts,
        )

    def reading(self, ids: Sequence[int]) -> NgramReading:
        """Return what the n-grams of a text say, given all its ids without special tokens."""
        found = buckets(np.asarray(ids, dtype=np.uint64))
        distinct = np.unique(found)
        columns = self.weights[:, distinct]
        logits = self._logits(columns)
        begin = int(len(ids) * (1 - _TAIL))
        # `found` holds the single tokens first and then the pairs, both in the order of the text.
        tail = np.concatenate([found[begin : len(ids)], found[len(ids) + begin :]])
        end = self._logits(self.weights[:, np.unique(tail)])
        return NgramReading(
            logits=logits,
            tokens=len(ids),
            seen=float(columns.any(axis=0).mean()) if len(distinct) else 0.0,
            steady=bool(end.argmax() == logits.argmax()),
        )

    def contributions(self, ids: Sequence[int], label: int) -> tuple[FloatArray, float]:
        """Return what each token adds to the log odds of a label, and what none of them adds.

        The first is of shape (tokens,). The log odds are the logit of the label, less the mean of
        the others. Of a pair each token has half; of an n-gram that occurs more than once,
        each place has the same. All together are the log odds exactly.
        """
        found = buckets(np.asarray(ids, dtype=np.uint64))
        distinct, places, counts = np.unique(found, return_inverse=True, return_counts=True)
        rows, intercepts = self.weights[:, distinct] * self.scales[:, None], self.intercepts
        if len(rows) == 1:
            sign = 1 if label else -1
            odds, rest = sign * rows[0], sign * float(intercepts[0])
        else:
            share = len(rows) - 1
            odds = rows[label] - (rows.sum(axis=0) - rows[label]) / share
            rest = float(intercepts[label] - (intercepts.sum() - intercepts[label]) / share)
        each = (odds / counts / np.sqrt(max(len(distinct), 1)))[places.ravel()]
        single, pairs = each[: len(ids)].copy(), each[len(ids) :] / 2
        single[:-1] += pairs
        single[1:] += pairs
        return single, rest

    def _logits(self, columns: npt.NDArray[np.int8]) -> FloatArray:
        """Return logits of shape (labels,) from the weights of a text's distinct n-grams.

        Each of n distinct n-grams counts 1 / sqrt(n), so that texts have the same length as
        vectors, however many words they have.
        """
        sums = columns.sum(axis=1, dtype=np.int64) / np.sqrt(max(columns.shape[1], 1))
        margins = sums * self.scales + self.intercepts
        return np.array([-margins[0] / 2, margins[0] / 2]) if len(margins) == 1 else margins


def buckets(ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return the buckets of a text's tokens, then of its pairs of neighbours, in order."""
    numbers = ids + np.uint64(1)  # so that no pair has the hash of a single token
    pairs = numbers[:-1] * _ODD + numbers[1:] + _ODD
    hashed = np.concatenate([numbers, pairs])
    hashed = (hashed ^ (hashed >> np.uint64(31))) * _ODD
    hashed = (hashed ^ (hashed >> np.uint64(29))) * _ODD
    found: npt.NDArray[np.int64] = (hashed >> np.uint64(64 - BITS)).astype(np.int64)
    return found
