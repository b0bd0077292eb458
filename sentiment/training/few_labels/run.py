"""A whole run without fine-tuning: train, validate, calibrate, and leave a folder to store."""

import time
from typing import Any

import numpy as np

from sentiment.calibration import (
    fit_temperature,
    measure_calibration,
    negative_log_likelihood,
)
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.schema import EpochMetrics, TrainingMethod
from sentiment.training.checkpoint import Checkpoints, TrainingState
from sentiment.training.few_labels.trial import Trial


def train_pooled(
    trial: Trial,
    method: TrainingMethod,
    validation: EncodedSplit,
    tokenizer: Any,
    checkpoints: Checkpoints,
) -> TrainingState:
    """Train by a method with a pooled classifier; return what a loop of one epoch would.

    The model and transformers' `tokenizer` are in the checkpoints' folder of the best
    epoch, 1. There are no checkpoints on the way: an interrupted run begins anew.
    """
    started = time.monotonic()
    pooled = trial.pooled(method, trial.train)
    labels = np.asarray(validation.labels)
    logits = pooled.logits(validation)
    metrics = EpochMetrics(
        epoch=1,
        train_loss=negative_log_likelihood(
            pooled.logits(trial.train), np.asarray(trial.train.labels), 1.0
        ),
        validation_loss=negative_log_likelihood(logits, labels, 1.0),
        validation_accuracy=float((logits.argmax(axis=1) == labels).mean()),
    )
    checkpoints.save_best(pooled.model, tokenizer, metrics.epoch)
    return TrainingState(
        epoch=1,
        elapsed_s=time.monotonic() - started,
        history=(metrics,),
        best_epoch=metrics.epoch,
        calibration=measure_calibration(logits, labels, fit_temperature(logits, labels)),
    )
