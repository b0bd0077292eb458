"""How much work is done in a second: of anything, and of an engine over many texts."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine
from sentiment.inference.engine_pool import MAX_TEXTS

Batch = list[Sequence[int]]


def rate(work: Callable[[], int], seconds: float) -> float:
    """Return units per second of `work`, which returns how many it did; once for warm-up."""
    work()
    done, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        done += work()
    return done / elapsed


def mixed_rate(
    engine: Engine, texts: Sequence[Sequence[int]], budget: int, seconds: float
) -> float:
    """Return texts per second over real lengths, in micro-batches of `budget` padded tokens."""
    batches = micro_batches(texts, budget)
    return rate(lambda: compute(engine, batches), seconds)


def micro_batches(texts: Sequence[Sequence[int]], budget: int) -> list[Batch]:
    """Return texts, given as token ids, in micro-batches of at most `budget` padded tokens."""
    lengths = [len(text) for text in texts]
    return [[texts[place] for place in batch] for batch in by_length(lengths, budget, MAX_TEXTS)]


def compute(engine: Engine, batches: Sequence[Batch]) -> int:
    """Compute micro-batches, as many at once as the engine has streams; return their texts."""
    with ThreadPoolExecutor(engine.streams) as pool:
        return sum(pool.map(lambda batch: len(engine.logits(batch)), batches))
