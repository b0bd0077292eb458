"""Computes one micro-batch so that a text that fails does not fail the others.

This runs in the engine's threads. The queue decides which texts make a micro-batch.
"""

import logging
from collections.abc import Sequence

import numpy as np

from sentiment.calibration import probabilities
from sentiment.errors import EngineFailed
from sentiment.inference.cascade import merged
from sentiment.inference.encoding import Encoding
from sentiment.inference.engine import Engine

log = logging.getLogger("sentiment.serving")

Row = list[float]
"""One text's calibrated probabilities, in the order of the labels."""


def compute_isolated(
    engine: Engine, batch: Sequence[Encoding], temperature: float, exclusive: bool
) -> list[Row | EngineFailed]:
    """Return a row for each text of a micro-batch, or the error of a text that fails.

    A micro-batch that fails is halved and computed again, down to single texts. It
    also fails when results are missing or are not finite numbers.
    """
    try:
        logits = np.asarray(engine.logits([encoding.ids for encoding in batch], exclusive))
        if len(logits) != len(batch):
            raise RuntimeError(f"{len(logits)} results for {len(batch)} texts")
        if not np.isfinite(logits).all():
            raise FloatingPointError("the logits are not finite")
    except Exception as error:
        if len(batch) == 1:
            # Only the type is logged, because the message may repeat a caller's text.
            log.error("inference failed on one text: %s", type(error).__name__)
            return [EngineFailed("The model failed on this text.", "It is our fault.")]
        middle = len(batch) // 2
        return [
            row
            for half in (batch[:middle], batch[middle:])
            for row in compute_isolated(engine, half, temperature, exclusive)
        ]
    return list(probabilities(merged(batch, logits), temperature).tolist())
