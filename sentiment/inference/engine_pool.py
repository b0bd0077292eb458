"""Runs an engine over many texts, in micro-batches by length, one in each stream at once.

All logits are computed with it, except those of the server's queue, whose texts keep
arriving, and those of the training loop, whose model is no engine yet.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np

from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine, Logits

MAX_TOKENS = 2048  # of a micro-batch; larger ones are hardly faster and take more memory
MAX_TEXTS = 64  # of a micro-batch, as in the server


class EnginePool:
    """One thread for each stream of an engine; leaving the context drops what has not begun."""

    def __init__(self, engine: Engine, label_count: int, max_tokens: int = MAX_TOKENS) -> None:
        """`max_tokens` bounds the padded tokens of a micro-batch."""
        self._engine = engine
        self._label_count = label_count
        self._max_tokens = max_tokens
        self._threads = ThreadPoolExecutor(engine.streams)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def submit(self, ids: Sequence[Sequence[int]], exclusive: bool = False) -> "PendingLogits":
        """Begin to compute texts given as token ids; return at once.

        `exclusive` says that nothing else is submitted before these are done: then
        a micro-batch that is the only one has all threads. The caller says so,
        because what else happens to be in flight must not decide how a text is
        computed: the same texts get the same micro-batches and the same logits.
        """
        batches = list(by_length([len(text) for text in ids], self._max_tokens, MAX_TEXTS))
        exclusive = exclusive and len(batches) == 1
        futures = [
            self._threads.submit(self._engine.logits, [ids[index] for index in batch], exclusive)
            for batch in batches
        ]
        return PendingLogits(batches, futures, (len(ids), self._label_count))


class PendingLogits:
    """The logits of texts whose micro-batches wait or are being computed."""

    def __init__(
        self,
        batches: Sequence[list[int]],
        futures: Sequence[Future[Logits]],
        shape: tuple[int, int],
    ) -> None:
        self._batches = batches
        self._futures = futures
        self._shape = shape

    def logits(self, progress: Callable[[int], object] = int) -> Logits:
        """Wait for the logits, shape (texts, labels), in the order of the texts.

        Calls `progress` with the number of texts of each micro-batch that is done; the
        default, `int`, does nothing. Raises what the engine raised.
        """
        rows = np.zeros(self._shape, dtype=np.float32)
        for batch, future in zip(self._batches, self._futures, strict=True):
            rows[batch] = future.result()
            progress(len(batch))
        return rows
