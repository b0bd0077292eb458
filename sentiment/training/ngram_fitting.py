"""Fits the n-gram classifier on all training texts, in seconds and on one core."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment.calibration import FloatArray, IntArray
from sentiment.inference.ngrams import BITS, NgramClassifier, buckets

_SMOOTHING = 1.0  # added to the counts of naive Bayes
_LEAST_TEXTS = 2  # an n-gram of a single text says nothing of others

# The inverse strength of the regularisation: of 3, 30 and 300 the best on the packaged validation
# split, and not the worst on sentences of another domain.
_C = 30.0
_ITERATIONS = 100
_LARGEST = 127  # of int8


def fit_ngrams(
    ids: Iterable[Sequence[int]], labels: Sequence[int], label_count: int, class_weight: str
) -> NgramClassifier:
    """Return the classifier for texts given as token ids without special tokens.

    With more than two labels each is told from all others. The same texts in the same
    order give the same weights. `class_weight` is `none` or `balanced`.
    """
    counts = _matrix(ids)
    kept = np.asarray(counts.sum(axis=0)).ravel() >= _LEAST_TEXTS
    rows = [1] if label_count == 2 else range(label_count)
    fitted = [_fit_row(counts, np.asarray(labels) == row, kept, class_weight) for row in rows]
    weights = np.stack([row for row, _ in fitted])
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-12) / _LARGEST
    return NgramClassifier(
        weights=np.rint(weights / scales[:, None]).astype(np.int8),
        scales=scales,
        intercepts=np.array([intercept for _, intercept in fitted]),
    )


def _matrix(ids: Iterable[Sequence[int]]) -> Any:
    """Return which n-grams each text holds, as a sparse matrix of 0 and 1, (texts, buckets)."""
    from scipy.sparse import csr_matrix

    found = [np.unique(buckets(np.asarray(text, dtype=np.uint64))) for text in ids]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in found])])
    columns = np.concatenate(found)
    values = np.ones(len(columns), dtype=np.float32)
    return csr_matrix((values, columns, starts), shape=(len(found), 1 << BITS))


def _fit_row(
    counts: Any, positive: npt.NDArray[np.bool_], kept: npt.NDArray[np.bool_], class_weight: str
) -> tuple[FloatArray, float]:
    """Return the weights of one label against all others, shape (buckets,), and the intercept."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    ratios = _log_count_ratios(counts, positive) * kept
    lengths = np.sqrt(np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1))
    features = (diags(1 / lengths) @ counts).multiply(ratios).tocsr().astype(np.float32)
    model = LogisticRegression(
        C=_C,
        max_iter=_ITERATIONS,
        class_weight="balanced" if class_weight == "balanced" else None,
    ).fit(features, positive)
    return ratios * model.coef_[0], float(model.intercept_[0])


def _log_count_ratios(counts: Any, positive: IntArray | npt.NDArray[np.bool_]) -> FloatArray:
    """Return how much likelier each n-gram is with the label than without, as a logarithm.

    Equation 2 of Wang and Manning 2012, with counts of texts that hold the n-gram.
    """
    inside, outside = (
        np.asarray(counts[side].sum(axis=0)).ravel() + _SMOOTHING for side in (positive, ~positive)
    )
    return np.asarray(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
