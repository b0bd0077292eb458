"""The ceiling of serving: how fast the engine by itself computes the same texts."""

import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.rate import mixed_rate
from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel

BUDGETS = (1024, 1536, 2048, 4096)


class Ceiling(NamedTuple):
    """The engine without a server."""

    texts_per_s: float
    """On all cores, with the best number of streams and budget of a micro-batch."""
    text_ms: float
    """The median time of one text while no other is computed."""
    engine: dict[str, Any]
    """The fields of `EngineInfo`."""


def ceiling(model: StoredModel, texts: Sequence[str], seconds: float) -> Ceiling:
    """Measure the engine on as many of these texts as it computes one by one in `seconds`.

    In batches, they are computed for half of that time with each budget, at least twice.
    """
    predictor = Predictor.load(model, EngineSettings.parse({}))
    one_stream = Predictor.load(model, EngineSettings.parse({"streams": 1}))
    ids = [encoding.ids for encoding in predictor.tokenizer.encode_batch(texts)]
    times: list[float] = []
    for text in ids:
        started = time.perf_counter()
        predictor.engine.logits([text], exclusive=True)
        times.append(time.perf_counter() - started)
        if sum(times) > seconds:
            break
    ids = ids[: len(times)]
    best = max(
        mixed_rate(loaded.engine, ids, budget, seconds / 2)
        for loaded in (predictor, one_stream)
        for budget in BUDGETS
    )
    print(f"the engine by itself: {best:.1f} texts/s", file=sys.stderr)
    median_ms = float(np.median(times)) * 1000
    return Ceiling(best, median_ms, predictor.engine.describe().model_dump())
