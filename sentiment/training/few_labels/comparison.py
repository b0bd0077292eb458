"""Compares training methods by stratified cross-validation, on the same folds for all."""

import warnings
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

from sentiment.calibration import FloatArray, IntArray, negative_log_likelihood
from sentiment.schema import MethodComparison, MethodResult, TrainingMethod
from sentiment.training.few_labels.trial import Trial

METHODS: tuple[TrainingMethod, ...] = get_args(TrainingMethod)
"""From the cheapest to the dearest."""

_FOLDS = 4
_FOLDS_OF_MANY = 3  # of so many texts that a fold says much by itself
_MANY = 128

# With fewer texts a label, on average, a comparison says little, and has to be cheap: of two folds,
# and without fine-tuning, which is hardly better than chance there (docs/benchmarks.md).
_FEW_OF_A_LABEL = 16
_FOLDS_OF_FEW = 2

_TEMPERATURES = np.geomspace(0.01, 100, 81)


def compare(trial: Trial) -> MethodComparison:
    """Return how well each method does on training texts that are held out from it.

    The same trial gives the same result.
    """
    labels = np.asarray(trial.train.labels)
    folds = divide(labels, trial.settings.seed)
    return MethodComparison(
        rows=len(labels),
        folds=len(folds),
        results=[_result(trial, method, folds, labels) for method in methods(labels)],
    )


def methods(labels: IntArray) -> tuple[TrainingMethod, ...]:
    """Return the methods to compare on texts with these labels."""
    return tuple(each for each in METHODS if each != "fine-tuning" or not _few(labels))


def _few(labels: IntArray) -> bool:
    return len(labels) < _FEW_OF_A_LABEL * len(np.unique(labels))


def divide(labels: IntArray, seed: int) -> list[tuple[Any, Any]]:
    """Return the places of trained and held-out texts of each fold.

    There are at most as many folds as texts of the rarest label, and two at least.
    """
    from sklearn.model_selection import StratifiedKFold

    rarest = int(np.unique(labels, return_counts=True)[1].min())
    split = StratifiedKFold(
        max(2, min(_most_folds(labels), rarest)), shuffle=True, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a label with one text is in one fold alone
        return list(split.split(np.zeros(len(labels)), labels))


def _most_folds(labels: IntArray) -> int:
    if _few(labels):
        return _FOLDS_OF_FEW
    return _FOLDS if len(labels) <= _MANY else _FOLDS_OF_MANY


def _result(
    trial: Trial, method: TrainingMethod, folds: Sequence[tuple[Any, Any]], labels: IntArray
) -> MethodResult:
    logits = np.empty((len(labels), trial.label_count))
    for places, held_out in folds:
        logits[held_out] = trial.answers(method, places, held_out)
    right = logits.argmax(axis=1) == labels
    accuracies = [right[held_out].mean() for _, held_out in folds]
    return MethodResult(
        method=method,
        accuracy=float(np.mean(accuracies)),
        spread=float(np.std(accuracies, ddof=1)),
        log_loss=_least_log_loss(logits, labels),
    )


def _least_log_loss(logits: FloatArray, labels: IntArray) -> float:
    """Return the log loss at the temperature that suits the logits best: no scale is favoured."""
    return min(negative_log_likelihood(logits, labels, float(each)) for each in _TEMPERATURES)


def winner(comparison: MethodComparison) -> TrainingMethod:
    """Return the method with the least log loss of those that are as accurate as the best.

    As accurate is what lies within the standard error of the best, because the accuracy on
    few texts is a coarse measure. Of equals the cheapest wins.
    """
    best = max(comparison.results, key=lambda result: result.accuracy)
    least = best.accuracy - best.spread / np.sqrt(comparison.folds)
    near = [result for result in comparison.results if result.accuracy >= least]
    return min(near, key=lambda result: result.log_loss).method
