"""The order of training: shuffled, grouped by length, each example once an epoch.

It is arithmetic on indices, with the same result on every process; no tensors are used.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

_GROUP = 50  # batches sorted by length together: little padding, and still a random order


class LengthGroupedBatches:
    """Yields this process's share of each global batch of one epoch.

    A global batch is `batch_size` texts for each of `processes`. All processes
    get equally many batches and every text goes to exactly one of them; a
    remainder of fewer texts than processes joins the batch before it. `skip` is
    the number of batches that an interrupted run has done already.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        batch_size: int,
        *,
        seed: int,
        epoch: int = 0,
        rank: int = 0,
        processes: int = 1,
        skip: int = 0,
    ) -> None:
        self._lengths = np.asarray(lengths)
        self._size = batch_size * processes
        self._seed = (seed, epoch)
        self._rank = rank
        self._processes = processes
        self._skip = skip

    def __len__(self) -> int:
        return max(batches_per_epoch(len(self._lengths), self._size, self._processes), 0) - (
            self._skip
        )

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.global_batches()[self._skip :]:
            yield batch[self._rank :: self._processes]

    def global_batches(self) -> list[list[int]]:
        """Return the epoch's batches over all processes, the one with the longest text first.

        It is first so that a lack of memory shows at the first step.
        """
        generator = np.random.default_rng(self._seed)
        order = generator.permutation(len(self._lengths))
        batches: list[list[int]] = []
        for start in range(0, len(order), self._size * _GROUP):
            group = order[start : start + self._size * _GROUP]
            group = group[np.argsort(-self._lengths[group], kind="stable")]
            batches += [
                group[at : at + self._size].tolist() for at in range(0, len(group), self._size)
            ]
        if len(batches) > 1 and len(batches[-1]) < self._processes:
            remainder = batches.pop()
            batches[-1] += remainder
        widest = max(range(len(batches)), key=lambda b: self._lengths[batches[b]].max())
        rest = [batches[b] for b in generator.permutation(len(batches)) if b != widest]
        return [batches[widest], *rest]


def batches_per_epoch(texts: int, size: int, processes: int) -> int:
    """Return how many global batches of `size` an epoch over `texts` has."""
    count = math.ceil(texts / size)
    joined = count > 1 and 0 < texts % size < processes
    return count - joined
