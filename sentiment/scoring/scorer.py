"""Chunks through the engine without a pause between them.

While the engine's streams compute a chunk, the calling thread writes the chunk before it,
then reads and tokenises the next one. So the next chunk's micro-batches are already queued
when the streams reach the end of this one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sentiment.answers.detail import predict_in_detail
from sentiment.answers.doubt import mark
from sentiment.inference.cascade import merged
from sentiment.inference.encoding import Encoding
from sentiment.inference.engine_pool import EnginePool, PendingLogits
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer, unreadable
from sentiment.schema import Doubt, Prediction, Wishes
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.served import Served


@dataclass(frozen=True)
class ScoredChunk:
    """A chunk, with a prediction for each of its lines that is not an error, in order."""

    chunk: Chunk
    predictions: list[Prediction]
    in_pieces: int = 0
    """Texts that are mostly unknown tokens or single letters."""


@dataclass(frozen=True)
class _PendingChunk:
    """A chunk whose micro-batches have been submitted to the pool."""

    chunk: Chunk
    encodings: list[Encoding]
    logits: PendingLogits


def marked(scored: Iterable[ScoredChunk], doubt: Doubt | None) -> Iterator[ScoredChunk]:
    """Yield the chunks with each prediction marked whether it is uncertain, if there is a doubt."""
    for each in scored:
        yield replace(each, predictions=[mark(every, doubt) for every in each.predictions])


NO_WISHES = Wishes()
"""What is asked of most texts."""


def score(
    predictor: Predictor | Served,
    chunks: Iterable[Chunk],
    progress: Callable[[int], object] = int,
    exclusive: bool = False,
    wishes: Wishes = NO_WISHES,
) -> Iterator[ScoredChunk]:
    """Yield each chunk with its predictions, in order.

    Calls `progress` with the number of lines done since the last call, whenever some are.
    Set `exclusive` if there is only one chunk, so that a single micro-batch may use all threads.
    With `wishes` each text is answered by itself, which takes longer.
    """
    if isinstance(predictor, Served):
        yield from (_scored_there(predictor, chunk, progress) for chunk in chunks)
        return
    if wishes.any:
        for chunk in chunks:
            yield _in_detail(predictor, chunk, wishes)
            progress(len(chunk.lines))
        return
    waiting: deque[_PendingChunk] = deque()
    with EnginePool(predictor.engine, len(predictor.card.labels)) as pool:
        for chunk in chunks:
            checked, encodings = _encode(predictor.tokenizer, chunk)
            ids = [encoding.ids for encoding in encodings if not encoding.decided]
            pending = pool.submit(ids, exclusive)
            waiting.append(_PendingChunk(checked, encodings, pending))
            if len(waiting) == 2:  # the second keeps the streams busy while the first is awaited
                yield _scored(predictor, waiting.popleft(), progress)
        while waiting:
            yield _scored(predictor, waiting.popleft(), progress)


def _scored_there(served: Served, chunk: Chunk, progress: Callable[[int], object]) -> ScoredChunk:
    """Return a chunk with the predictions of a server; lines that it refuses become errors."""
    results = served.results([line.text for line in chunk.lines if line.error is None])
    lines, predictions = [], []
    for line in chunk.lines:
        result = line.error or next(results)
        if isinstance(result, Prediction):
            predictions.append(result)
        else:
            line = replace(line, error=result)
        lines.append(line)
        progress(1)
    return ScoredChunk(replace(chunk, lines=lines), predictions)


def _encode(tokenizer: Tokenizer, chunk: Chunk) -> tuple[Chunk, list[Encoding]]:
    """Return the chunk with unreadable lines turned into errors, and the others' encodings."""
    texts = [line.text for line in chunk.lines if line.error is None]
    encodings = tokenizer.encode_batch(texts)
    if all(encoding.readable for encoding in encodings):
        return chunk, encodings
    remaining = iter(encodings)
    lines = [
        line
        if line.error is not None or next(remaining).readable
        else replace(line, error=unreadable())
        for line in chunk.lines
    ]
    return replace(chunk, lines=lines), [encoding for encoding in encodings if encoding.readable]


def _in_detail(predictor: Predictor, chunk: Chunk, wishes: Wishes) -> ScoredChunk:
    checked, encodings = _encode(predictor.tokenizer, chunk)
    texts = [line.text for line in checked.lines if line.error is None]
    predictions = [predict_in_detail(predictor, text, wishes) for text in texts]
    return ScoredChunk(checked, predictions, sum(map(predictor.tokenizer.in_pieces, encodings)))


def _scored(
    predictor: Predictor, pending: _PendingChunk, progress: Callable[[int], object]
) -> ScoredChunk:
    """Wait for a chunk; return it with its predictions."""
    computed = pending.logits.logits(progress)
    progress(len(pending.chunk.lines) - len(computed))  # the rest are errors, or decided already
    logits = merged(pending.encodings, computed)
    in_pieces = sum(map(predictor.tokenizer.in_pieces, pending.encodings))
    predictions = predictor.predictions(pending.encodings, logits)
    return ScoredChunk(pending.chunk, predictions, in_pieces)
