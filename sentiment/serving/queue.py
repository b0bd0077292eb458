"""The texts that wait, and which of them make the next micro-batch.

The queue is fair between requests, not between texts: each request is a flow with a
virtual clock that advances by the tokens computed for it (start-time fair queueing,
Goyal, Vin and Cheng, SIGCOMM 1996). So a single text overtakes a list of thousands, and
lists share the engine evenly. No request starves, because the common clock advances with
all tokens computed. The queue has no lock: it is used only on the event loop.
"""

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from sentiment.inference.batching import step_size
from sentiment.inference.tokenizing import Encoding


@dataclass(eq=False, slots=True)
class QueuedText:
    """One text that waits; `flow` is the request that it came with."""

    encoding: Encoding
    flow: "Flow"
    place: int
    """Its index among the texts of its request."""
    start: float = 0.0
    """Virtual time at which it is due to be computed."""

    @property
    def tokens(self) -> int:
        return len(self.encoding.ids)


@dataclass(eq=False, slots=True)
class Flow:
    """One request: one text or a list."""

    size: int
    """Number of texts that it came with."""
    waiting: int
    """Number of its texts that no micro-batch has taken yet."""


_due = attrgetter("start")


class MicroBatchQueue:
    """Texts in the order they are due, handed out in micro-batches.

    A micro-batch always holds the text that is due first. The rest is drawn
    from the `lookahead` texts due next, by nearest length, within
    `max_tokens` padded tokens and `max_texts` texts, in the numbers of `step_size`.
    """

    def __init__(self, max_tokens: int, max_texts: int, lookahead: int) -> None:
        self._max_tokens = max_tokens
        self._max_texts = max_texts
        self._lookahead = max(lookahead, max_texts)
        self._items: list[QueuedText] = []
        self._clock = 0.0
        self._active = 0
        self.tokens = 0
        """Number of tokens that wait, without those of cancelled texts."""
        self.texts = 0
        """Number of texts that wait, without cancelled ones."""

    def put(self, encodings: Sequence[Encoding]) -> Flow:
        """Queue the texts of one request; return its flow.

        A list is answered as a whole, so its texts are due longest first: its
        micro-batches then hold texts of nearly one length.
        """
        flow = Flow(size=len(encodings), waiting=len(encodings))
        due = self._clock
        items: list[QueuedText] = []
        for place in sorted(range(len(encodings)), key=lambda i: -len(encodings[i].ids)):
            items.append(QueuedText(encodings[place], flow, place, due))
            due += items[-1].tokens
        if len(items) == 1:
            insort(self._items, items[0], key=_due)
        else:
            self._items.extend(items)
            self._items.sort(key=_due)  # two sorted runs, which Python merges in linear time
        self.texts += len(items)
        self.tokens += sum(item.tokens for item in items)
        self._active += bool(items)
        return flow

    def cancel(self, flow: Flow) -> int:
        """Remove the texts of a request that still wait; return their number."""
        dropped = flow.waiting
        if dropped:
            removed = [item for item in self._items if item.flow is flow]
            self._items = [item for item in self._items if item.flow is not flow]
            self._account(removed)
        return dropped

    def take(self) -> list[QueuedText]:
        """Remove and return the next micro-batch, longest text first; empty if none waits."""
        if not self._items:
            return []
        window = self._items[: self._lookahead]
        batch = self._similar(window)
        chosen = set(map(id, batch))
        self._items[: len(window)] = [item for item in window if id(item) not in chosen]
        active = max(self._active, 1)
        self._clock = max(self._clock, window[0].start)
        self._account(batch)
        self._clock += sum(item.tokens for item in batch) / active
        return batch

    def _similar(self, window: list[QueuedText]) -> list[QueuedText]:
        """Return texts of similar length around the one that is due first, longest first."""
        first = window[0]
        ordered = sorted(window, key=lambda item: item.tokens)
        low = high = ordered.index(first)
        while high - low + 1 < self._max_texts:
            below = ordered[low - 1].tokens if low else -math.inf
            above = ordered[high + 1].tokens if high + 1 < len(ordered) else math.inf
            down = first.tokens - below
            up = above - first.tokens
            if min(down, up) == math.inf:
                break
            widest = ordered[high].tokens if down <= up else int(above)
            if widest * (high - low + 2) > self._max_tokens:
                break
            low, high = (low - 1, high) if down <= up else (low, high + 1)
        run = ordered[low : high + 1]
        while len(run) > step_size(len(run)):  # the rest waits for the next micro-batch
            drop_longest = run[-1].tokens - first.tokens >= first.tokens - run[0].tokens
            run.pop(-1 if drop_longest and run[-1] is not first else 0)
        return run[::-1]

    def _account(self, removed: Sequence[QueuedText]) -> None:
        for item in removed:
            item.flow.waiting -= 1
            self._active -= item.flow.waiting == 0
            self.texts -= 1
            self.tokens -= item.tokens
