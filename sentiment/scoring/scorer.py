"""Chunks through the engine without a pause between them.

While the engine's streams compute a chunk, this thread writes the one before
and reads and tokenises the next, whose micro-batches already wait when the last
of this one begin.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sentiment.inference.batching import by_length
from sentiment.inference.predictor import MAX_TEXTS, MAX_TOKENS, Predictor
from sentiment.inference.tokenizing import Encoding
from sentiment.schema import Prediction
from sentiment.scoring.chunks import Chunk

Scored = tuple[Chunk, list[Prediction]]
"""A chunk with a prediction for each of its lines that is no error."""

_TOKENISED_AT_ONCE = 256  # texts; what the tokenizer makes of one is far larger than its ids


def score(
    predictor: Predictor, chunks: Iterable[Chunk], progress: Callable[[int], object] = int
) -> Iterator[Scored]:
    """Yield each chunk with its predictions, in order.

    Calls `progress` with the number of lines whenever some are done.
    """
    pool = ThreadPoolExecutor(predictor.engine.streams)
    waiting: deque[_Computing] = deque()
    try:
        for chunk in chunks:
            waiting.append(_Computing(predictor, chunk, pool))
            if len(waiting) == 2:  # one more than is awaited, so that the streams never run dry
                yield waiting.popleft().result(progress)
        while waiting:
            yield waiting.popleft().result(progress)
    finally:
        pool.shutdown(cancel_futures=True)


class _Computing:
    """A chunk whose micro-batches are in the pool."""

    def __init__(self, predictor: Predictor, chunk: Chunk, pool: ThreadPoolExecutor) -> None:
        self._predictor = predictor
        self._chunk = chunk
        texts = [line.text for line in chunk.lines if line.error is None]
        self._encodings: list[Encoding] = []
        for start in range(0, len(texts), _TOKENISED_AT_ONCE):
            some = texts[start : start + _TOKENISED_AT_ONCE]
            self._encodings += predictor.tokenizer.encode_batch(some)
        ids = [encoding.ids for encoding in self._encodings]
        self._batches = [
            (batch, pool.submit(predictor.engine.logits, [ids[index] for index in batch]))
            for batch in by_length(list(map(len, ids)), MAX_TOKENS, MAX_TEXTS)
        ]

    def result(self, progress: Callable[[int], object]) -> Scored:
        """Wait for the chunk; return it with its predictions."""
        logits = np.zeros((len(self._encodings), len(self._predictor.card.labels)), np.float32)
        for batch, future in self._batches:
            logits[batch] = future.result()
            progress(len(batch))
        progress(len(self._chunk.lines) - len(self._encodings))
        return self._chunk, self._predictor.predictions(self._encodings, logits)
