"""Metrics, computed from logits and labels without a model or its texts."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sentiment.calibration import (
    FloatArray,
    IntArray,
    expected_calibration_error,
    log_loss,
    measure_calibration,
    probabilities,
)

_RESAMPLES = 1000
_LEVEL = 0.95
_Z = 1.959963984540054  # 97.5 % quantile of the standard normal distribution
FEW_TEXTS = 10
"""With fewer texts of a label than this, figures about it are hardly more than chance."""


def measure(
    logits: FloatArray, labels: IntArray, names: list[str], temperature: float, seed: int = 0
) -> dict[str, Any]:
    """Return every metric of the report as JSON-ready numbers.

    `logits` has shape (texts, labels), `labels` shape (texts,). F1, precision,
    recall and ROC AUC are those of the second label when there are two, else
    macro averages. Balanced accuracy and macro F1 give each label that occurs the
    same weight. All intervals are of 95 %. That of accuracy is Wilson's; the others
    are bootstrap percentiles over texts, or None if a label has too few texts for that.
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
    texts = confusion.sum(axis=1)
    bootstrap_holds = texts.min() >= FEW_TEXTS
    return {
        "texts": len(labels),
        "texts_per_label": dict(zip(names, texts.tolist(), strict=True)),
        "majority_share": float(texts.max() / len(labels)),
        **_accuracy(predicted, labels),
        "balanced_accuracy": float(_balanced_accuracy(confusion[None])[0]),
        "balanced_accuracy_interval": (
            interval(resampled, _balanced_accuracy) if bootstrap_holds else None
        ),
        "macro_f1": float(_macro_f1(confusion[None])[0]),
        "macro_f1_interval": interval(resampled, _macro_f1) if bootstrap_holds else None,
        "f1": float(f1),
        "f1_interval": interval(resampled, _f1) if bootstrap_holds else None,
        "precision": float(precision),
        "recall": float(recall),
        "roc_auc": _roc_auc(labels, rows),
        **measure_calibration(logits, labels, temperature).model_dump(exclude={"temperature"}),
        "confusion_matrix": confusion.tolist(),
    }


def measure_part(logits: FloatArray, labels: IntArray, temperature: float) -> dict[str, Any]:
    """Return accuracy with its interval, log loss and calibration error, as `measure` does."""
    rows = probabilities(logits, temperature)
    return {
        **_accuracy(rows.argmax(axis=1), labels),
        "log_loss": log_loss(rows, labels),
        "expected_calibration_error": expected_calibration_error(rows, labels),
    }


def _accuracy(predicted: IntArray, labels: IntArray) -> dict[str, Any]:
    right = int((predicted == labels).sum())
    return {"accuracy": right / len(labels), "accuracy_interval": wilson(right, len(labels))}


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927; Brown, Cai and DasGupta 2001).

    Unlike the bootstrap it does not collapse to a point where all trials succeed.
    """
    share, z2 = successes / trials, _Z**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z / (1 + z2 / trials) * ((share * (1 - share) + z2 / (4 * trials)) / trials) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


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


def _balanced_accuracy(confusions: IntArray | FloatArray) -> FloatArray:
    """Return the mean recall of the labels that occur."""
    texts = confusions.sum(axis=2)
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    recall = np.divide(hits, texts, out=np.zeros(texts.shape), where=texts > 0)
    return np.asarray(recall.sum(axis=1) / (texts > 0).sum(axis=1))


def _macro_f1(confusions: IntArray | FloatArray) -> FloatArray:
    """Return the mean F1 of the labels that occur or are predicted."""
    f1, total = _f1_per_label(confusions)
    return np.asarray(f1.sum(axis=1) / (total > 0).sum(axis=1))


def _f1_per_label(confusions: IntArray | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return F1 = 2 TP / (predicted + true) of each label, and predicted + true."""
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    total = confusions.sum(axis=1) + confusions.sum(axis=2)
    return np.divide(2 * hits, total, out=np.zeros(total.shape), where=total > 0), total


def _f1(confusions: FloatArray) -> FloatArray:
    """Return F1 of the second label if there are two, else the mean over all labels."""
    f1, _ = _f1_per_label(confusions)
    return np.asarray(f1[:, 1] if f1.shape[1] == 2 else f1.mean(axis=1))


def _scored(names: list[str]) -> list[int] | None:
    return None if len(names) == 2 else list(range(len(names)))


def _roc_auc(labels: IntArray, rows: FloatArray) -> float | None:
    """Return the area under the ROC curve (one against the rest, macro).

    It is None if a label does not occur, because then it is not defined.
    """
    from sklearn.metrics import roc_auc_score

    if len(np.unique(labels)) < rows.shape[1]:
        return None
    if rows.shape[1] == 2:
        return float(roc_auc_score(labels, rows[:, 1]))
    return float(roc_auc_score(labels, rows, multi_class="ovr", average="macro"))
