"""N-grams without those that mislead where a small edit turns a verdict round.

What both sides of an edited pair share cannot tell which of them is meant. So where the
n-grams get a side wrong, a shared one that speaks for the wrong label has misled, and one
that speaks for the right label has helped. The weight of one that has misled more often
than it has helped, over all pairs, becomes zero.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sentiment.behaviour.suite import EditedPair
from sentiment.calibration import FloatArray
from sentiment.inference.ngrams import NgramClassifier, buckets


@dataclass(frozen=True)
class Sides:
    """Both sides of an edited pair, as token ids without special tokens."""

    original: Sequence[int]
    edited: Sequence[int]
    label: int
    """Of the original, 0 or 1; the edited one has the other."""


def prune(ngrams: NgramClassifier, pairs: Iterable[Sides]) -> NgramClassifier:
    """Return n-grams of two labels without those that mislead on the pairs."""
    misled = np.zeros(ngrams.weights.shape[1], dtype=np.int64)
    for pair in pairs:
        shared = np.intersect1d(_buckets(pair.original), _buckets(pair.edited))
        speaks = np.sign(ngrams.weights[0, shared]).astype(np.int64)  # 1 for the second label
        for ids, right in ((pair.original, pair.label), (pair.edited, 1 - pair.label)):
            if ngrams.reading(ids).logits.argmax() != right:
                misled[shared] += -speaks if right else speaks
    return replace(ngrams, weights=np.where(misled > 0, np.int8(0), ngrams.weights))


def _buckets(ids: Sequence[int]) -> npt.NDArray[np.int64]:
    return buckets(np.asarray(ids, dtype=np.uint64))


class PrunedNgrams:
    """N-grams pruned by edited pairs, none of which is answered by what it has itself pruned.

    Every second pair is in one half, the others in the other one. A pair is answered by the
    n-grams that the other half has pruned, every other text by those that all pairs have.
    """

    def __init__(
        self,
        ngrams: NgramClassifier,
        pairs: Sequence[EditedPair],
        labels: Sequence[str],
        text_ids: Callable[[Sequence[str]], Iterable[list[int]]],
    ) -> None:
        """`text_ids` are those of a model's tokenizer, `labels` the names of its labels."""
        originals = text_ids([pair.original for pair in pairs])
        edits = text_ids([pair.edited for pair in pairs])
        sides = [
            Sides(original, edited, labels.index(pair.label))
            for original, edited, pair in zip(originals, edits, pairs, strict=True)
        ]
        self._all = prune(ngrams, sides)
        self._of_pairs: dict[str, NgramClassifier] = {}
        for half in (0, 1):
            by_others = prune(ngrams, sides[1 - half :: 2])
            for pair in pairs[half::2]:
                self._of_pairs |= dict.fromkeys((pair.original, pair.edited), by_others)
        self.count = int((self._all.weights != ngrams.weights).sum())
        """How many weights all pairs together set to zero."""

    def logits(self, texts: Sequence[str], ids: Iterable[Sequence[int]]) -> FloatArray:
        """Return logits of shape (texts, labels); `ids` are those of the texts."""
        return np.stack(
            [
                self._of_pairs.get(text, self._all).reading(each).logits
                for text, each in zip(texts, ids, strict=True)
            ]
        )
