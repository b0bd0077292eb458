"""The rate of work per second: of any function, and of an engine over many texts."""

import time
from collections.abc import Callable, Sequence

from sentiment.inference.engine import Engine
from sentiment.inference.engine_pool import EnginePool


def rate(work: Callable[[], int], seconds: float) -> float:
    """Return units per second of `work`, which returns how many it did.

    It is called once for warm-up, then until `seconds` have passed.
    """
    work()
    done, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        done += work()
    return done / elapsed


def mixed_rate(
    engine: Engine, texts: Sequence[Sequence[int]], budget: int, seconds: float
) -> float:
    """Return texts per second over texts of mixed length.

    Micro-batches have at most `budget` padded tokens.
    """
    with pool(engine, budget, texts) as running:
        return rate(lambda: len(running.submit(texts).logits()), seconds)


def pool(engine: Engine, budget: int, texts: Sequence[Sequence[int]]) -> EnginePool:
    """Return a pool over an engine; one of `texts` is computed to count the labels."""
    return EnginePool(engine, engine.logits([texts[0]]).shape[1], budget)
