"""Micro-batches of similar length, bounded by padded tokens.

Used offline over a known list of texts; the server's queue, whose texts keep
arriving, has a scheduler of its own in `serving/queue.py`.
"""

from collections.abc import Iterator, Sequence


def by_length(lengths: Sequence[int], max_tokens: int, max_texts: int) -> Iterator[list[int]]:
    """Yield indices of micro-batches, longest texts first.

    Each holds at most `max_texts` texts and `max_tokens` padded tokens (longest
    text times texts), or one text alone that is longer than that.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i], reverse=True):
        widest = lengths[batch[0]] if batch else lengths[index]
        if batch and (len(batch) == max_texts or widest * (len(batch) + 1) > max_tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
