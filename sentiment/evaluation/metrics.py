"""Numbers from probabilities and labels; no model, no text, no printing."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sentiment.calibration import (
    FloatArray,
    IntArray,
    measure_calibration,
    probabilities,
)

_RESAMPLES = 1000
_LEVEL = 0.95


def measure(
    logits: FloatArray, labels: IntArray, names: list[str], temperature: float, seed: int = 0
) -> dict[str, Any]:
    """Return every metric of the report as JSON-ready numbers.

    `logits` has shape (texts, labels), `labels` shape (texts,). F1, precision,
    recall and ROC AUC are those of the second label when there are two, else
    macro averages. Intervals are 95 % bootstrap percentiles over texts.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    rows = probabilities(logits, temperature)
    predicted = rows.argmax(axis=1)
    average = "binary" if len(names) == 2 else "macro"
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predicted, average=average, labels=_scored(names), zero_division=0.0
    )
    confusion = confusion_matrix(labels, predicted, labels=range(len(names)))
    resampled = _bootstrap(labels, predicted, len(names), seed)
    return {
        "texts": len(labels),
        "accuracy": float((predicted == labels).mean()),
        "accuracy_interval": interval(resampled, _accuracy),
        "f1": float(f1),
        "f1_interval": interval(resampled, _f1),
        "precision": float(precision),
        "recall": float(recall),
        "roc_auc": _roc_auc(labels, rows),
        **measure_calibration(logits, labels, temperature).model_dump(exclude={"temperature"}),
        "confusion_matrix": confusion.tolist(),
    }


def interval(
    resampled: FloatArray, metric: Callable[[FloatArray], FloatArray]
) -> tuple[float, float]:
    """Return the percentile interval of a metric over resampled confusion matrices."""
    values = metric(resampled)
    low, high = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def _bootstrap(labels: IntArray, predicted: IntArray, classes: int, seed: int) -> FloatArray:
    """Return confusion matrices (resamples, true, predicted) of texts drawn with replacement.

    Drawing texts with replacement is drawing the cells of their confusion
    matrix from a multinomial, which is the same and needs no loop over texts.
    """
    cells = np.bincount(labels * classes + predicted, minlength=classes**2)
    draws = np.random.default_rng(seed).multinomial(
        cells.sum(), cells / cells.sum(), size=_RESAMPLES
    )
    return draws.reshape(_RESAMPLES, classes, classes).astype(np.float64)


def _accuracy(confusions: FloatArray) -> FloatArray:
    hits = np.trace(confusions, axis1=1, axis2=2)
    return np.asarray(hits / confusions.sum(axis=(1, 2)))


def _f1(confusions: FloatArray) -> FloatArray:
    """Return F1 = 2 TP / (predicted + true): of the second of two labels, else their mean."""
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    total = confusions.sum(axis=1) + confusions.sum(axis=2)
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return np.asarray(f1[:, 1] if f1.shape[1] == 2 else f1.mean(axis=1))


def _scored(names: list[str]) -> list[int] | None:
    return None if len(names) == 2 else list(range(len(names)))


def _roc_auc(labels: IntArray, rows: FloatArray) -> float | None:
    """Return the area under the ROC curve (one against the rest, macro), if it is defined."""
    from sklearn.metrics import roc_auc_score

    if len(np.unique(labels)) < rows.shape[1]:
        return None
    if rows.shape[1] == 2:
        return float(roc_auc_score(labels, rows[:, 1]))
    return float(roc_auc_score(labels, rows, multi_class="ovr", average="macro"))
