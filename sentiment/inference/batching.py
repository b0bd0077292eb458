"""Micro-batches of similar length and of few shapes, bounded by padded tokens.

An engine builds kernels for each new shape and keeps many: 13 ms and 4 MB per shape
were measured (docs/benchmarks.md). So lengths and numbers of texts come in steps.

`by_length` batches a list of texts that is known in advance. The server's queue,
whose texts keep arriving, has a scheduler of its own in `serving/queue.py`.
"""

from collections.abc import Iterator, Sequence


def step_size(texts: int) -> int:
    """Return the largest of 1, 2, 3, 4, 6, 8, 12, 16, 24, … that is at most `texts`."""
    power = 1 << (texts.bit_length() - 1)
    return power + power // 2 if texts >= power + power // 2 else power


def step_length(tokens: int, max_length: int) -> int:
    """Return `tokens` rounded up to a multiple of 16, or of 32 above 64, within `max_length`.

    A vector unit works on 16 numbers at once, so rounding up to its width costs nothing.
    """
    step = 16 if tokens <= 64 else 32
    return min(-(-tokens // step) * step, max(max_length, tokens))


def by_length(lengths: Sequence[int], max_tokens: int, max_texts: int) -> Iterator[list[int]]:
    """Yield indices of micro-batches, longest texts first.

    Each holds at most `max_texts` texts and `max_tokens` padded tokens (longest
    text times texts), or a single text that is longer than that.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i], reverse=True):
        widest = lengths[batch[0]] if batch else lengths[index]
        full = step_size(min(max_texts, max(1, max_tokens // max(widest, 1))))
        if len(batch) >= full:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
