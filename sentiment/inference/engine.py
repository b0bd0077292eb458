"""What an engine is: padded token ids in, logits out.

Each backend has a file beside this one. Engines do not depend on text, labels,
temperature or queues.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sentiment.schema import EngineInfo

Logits = npt.NDArray[np.float32]


class Engine(Protocol):
    """A loaded model."""

    streams: int
    """Micro-batches that may be in flight at once, each in its own thread."""

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        """Return the logits, shape (texts, labels), of texts given as token ids.

        The texts of a batch may differ in length; the engine pads them. `exclusive`
        says that no other micro-batch runs or waits, so this one may have all
        threads.
        """
        ...

    def padded(self, tokens: int) -> int:
        """Return the length that texts of at most `tokens` tokens are padded to."""
        return tokens

    def describe(self) -> EngineInfo:
        """Return what is in use, for the log, `GET /model` and the report."""
        ...


def pad(
    batch: Sequence[Sequence[int]], pad_id: int, length: int = 0
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return ids and attention mask, both of shape (texts, longest text or `length`)."""
    longest = max(length, *map(len, batch))
    ids = np.full((len(batch), longest), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(batch):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask
