"""A deterministic engine without weights, so that tests of HTTP and queues are fast.

A text's logits depend only on its own token ids, so a test can tell whose
answer came back. A test can make it fail on a token, or wait.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from sentiment.inference.engine import Engine, Logits
from sentiment.schema import EngineInfo


class FakeEngine(Engine):
    """Answers with numbers derived from the ids; remembers the batches it saw."""

    def __init__(
        self,
        labels: int = 2,
        streams: int = 1,
        poison: int | None = None,
        before: Callable[[Sequence[Sequence[int]]], None] | None = None,
    ) -> None:
        """`poison` is a token id that makes a batch fail; `before` runs in each call.

        `before` may also be set later, so that it does not run in a warm-up.
        """
        self.streams = streams
        self.batches: list[list[list[int]]] = []
        self._labels = labels
        self._poison = poison
        self.before = before
        self._lock = threading.Lock()

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        """Return the expected logits; raise `RuntimeError` on a poisoned batch."""
        with self._lock:
            self.batches.append([list(text) for text in batch])
        if self.before is not None:
            self.before(batch)
        if self._poison is not None and any(self._poison in text for text in batch):
            raise RuntimeError("the fake engine was told to fail on this token")
        return np.stack([self.expected(text) for text in batch])

    def expected(self, text: Sequence[int]) -> Logits:
        """Return the logits, shape (labels,), that this text always gets."""
        total = sum((place + 1) * token for place, token in enumerate(text))
        return np.asarray(
            [(total * (label + 1) % 997) / 100 for label in range(self._labels)], dtype=np.float32
        )

    def describe(self) -> EngineInfo:
        """Return the same fields as the real engines."""
        return EngineInfo(
            backend="fake",
            device="cpu",
            precision="fp32",
            float="fp32",
            threads=self.streams,
            streams=self.streams,
        )
