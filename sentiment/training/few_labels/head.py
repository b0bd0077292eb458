"""The linear head: a logistic regression on embeddings, as weights of a linear layer.

Embeddings are centred and scaled first, so that a strength of regularisation means the same
for every encoder; both are folded into the weights afterwards.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment.calibration import FloatArray, IntArray

# The inverse strengths of the regularisation that are compared by cross-validation, by log loss.
_STRENGTHS = (0.1, 1.0, 10.0, 100.0)
_FOLDS = 5
_ITERATIONS = 1000
_UNSEEN = -10.0  # the logit, below all others, of a label without a text


@dataclass(frozen=True)
class Head:
    """A linear layer."""

    weights: FloatArray
    """Of shape (labels, hidden size)."""
    intercepts: FloatArray
    """Of shape (labels,)."""

    def logits(self, embeddings: FloatArray) -> FloatArray:
        """Return logits of shape (texts, labels)."""
        return np.asarray(embeddings @ self.weights.T + self.intercepts)

    def write_into(self, layer: Any) -> None:
        """Copy the weights into a linear layer of torch."""
        import torch

        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(self.weights))
            layer.bias.copy_(torch.from_numpy(self.intercepts))


def fit_head(
    embeddings: FloatArray,
    labels: Sequence[int],
    label_count: int,
    class_weight: str,
    strength: float | None = None,
) -> Head:
    """Return the head that tells the labels of embeddings, of shape (texts, hidden size).

    `strength` is the inverse strength of the regularisation; None chooses it by
    cross-validation. `class_weight` is `none` or `balanced`. Two labels at least must have
    a text; one without any gets a logit below all others.
    """
    targets = np.asarray(labels)
    mean = embeddings.mean(axis=0)
    scale = float(np.sqrt(((embeddings - mean) ** 2).sum(axis=1).mean())) or 1.0
    scaled = (embeddings - mean) / scale
    weight = "balanced" if class_weight == "balanced" else None
    if strength is None:
        strength = _choose_strength(scaled, targets, weight)
    fitted = _regression(strength, weight).fit(scaled, targets)
    rows, offsets = fitted.coef_ / scale, fitted.intercept_
    offsets = offsets - rows @ mean
    if len(rows) == 1:  # of two labels scikit-learn gives the difference
        rows, offsets = np.stack([-rows[0], rows[0]]) / 2, np.array([-1, 1]) * offsets[0] / 2
    weights = np.zeros((label_count, embeddings.shape[1]))
    intercepts = np.full(label_count, float(offsets.min()) + _UNSEEN)
    weights[fitted.classes_], intercepts[fitted.classes_] = rows, offsets
    return Head(weights, intercepts)


def _regression(strength: float, weight: str | None) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, class_weight=weight, max_iter=_ITERATIONS)


def _choose_strength(scaled: FloatArray, labels: IntArray, weight: str | None) -> float:
    """Return the strength with the least log loss on held-out folds; the middle if none can be."""
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    _, counts = np.unique(labels, return_counts=True)
    folds = min(_FOLDS, int(counts.min()))
    if folds < 2:
        return 1.0
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that has not converged scores as it is
        scores = [
            cross_val_score(
                _regression(strength, weight), scaled, labels, cv=split, scoring="neg_log_loss"
            ).mean()
            for strength in _STRENGTHS
        ]
    return _STRENGTHS[int(np.argmax(scores))]
