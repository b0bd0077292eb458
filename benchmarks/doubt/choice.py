"""Which reviews the encoder is trained on: any, or those that n-grams are least sure of."""

from collections.abc import Callable, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from sentiment.calibration import FloatArray, IntArray, probabilities
from sentiment.inference.ngrams import NgramClassifier
from sentiment.training.ngram_fitting import fit_ngrams

FOLDS = 5

Places = npt.NDArray[np.intp]
"""Of texts among those that are chosen from."""

Fit = Callable[[Sequence[Sequence[int]], Sequence[int]], NgramClassifier]
"""Fits n-grams on texts, given as ids without special tokens, and their labels."""


def logits(ngrams: NgramClassifier, ids: Sequence[Sequence[int]]) -> FloatArray:
    """Return what n-grams say of texts given as ids without special tokens, (texts, labels)."""
    return np.stack([ngrams.reading(each).logits for each in ids])


def fit(ids: Sequence[Sequence[int]], labels: Sequence[int]) -> NgramClassifier:
    """Return n-grams of two labels, as training fits them."""
    return fit_ngrams(ids, labels, 2, "none")


def out_of_fold(ids: Sequence[Sequence[int]], labels: IntArray, fitted: Fit = fit) -> FloatArray:
    """Return for each text what n-grams say that were `fitted` on the other folds.

    They are probabilities of shape (texts, labels), of two labels; `labels` is of shape
    (texts,). A fold has a piece of each label's texts in their order, because reviews of
    one film follow each other, and n-grams that know the film are surer than they ought to be.
    """
    folds = np.empty(len(labels), dtype=np.intp)
    for label in range(2):
        for fold, piece in enumerate(np.array_split(np.flatnonzero(labels == label), FOLDS)):
            folds[piece] = fold
    found = np.empty((len(labels), 2))
    for fold in range(FOLDS):
        inside = folds == fold
        ngrams = fitted([*compress(ids, ~inside)], labels[~inside].tolist())
        found[inside] = probabilities(logits(ngrams, [*compress(ids, inside)]))
    return found


def doubted(rows: FloatArray, labels: IntArray) -> Places:
    """Return the half of each label's texts whose probabilities are least sure, right or wrong."""
    sure = rows.max(axis=1)
    halves = []
    for label in range(rows.shape[1]):
        own = np.flatnonzero(labels == label)
        halves.append(own[np.argsort(sure[own], kind="stable")[: (len(own) + 1) // 2]])
    return np.sort(np.concatenate(halves))


def draw(pool: Places, labels: IntArray, size: int, number: int) -> Places:
    """Return `size` texts of the pool at random, as many of each of two labels.

    `labels` are those of all texts; `number` is the seed.
    """
    generator = np.random.default_rng(number)
    drawn = [generator.permutation(pool[labels[pool] == label])[: size // 2] for label in range(2)]
    return generator.permutation(np.concatenate(drawn))
