"""The texts that wait, and which of them make the next micro-batch.

The queue is fair between callers, and the lane of each caller (`lanes`) between its requests: a
key with a thousand lists delays another's single text no more than one with one list, by the
micro-batch that is being computed. Each lane is a flow of start-time fair queueing. Where nobody
asks who calls, all requests are in one lane. The queue has no lock: it is used only on the event
loop.
"""

import heapq
import math
from collections import Counter
from collections.abc import Hashable, Sequence

from sentiment.inference.batching import step_size
from sentiment.inference.encoding import Encoding
from sentiment.serving.lanes import Flow, Lane, QueuedText


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
        self._lanes: dict[Hashable, Lane] = {}
        self._clock = 0.0
        self.tokens = 0
        """Number of tokens that wait, without those of cancelled texts."""
        self.texts = 0
        """Number of texts that wait, without cancelled ones."""

    def tokens_of(self, caller: Hashable) -> int:
        """Return how many of the tokens that wait are of one caller."""
        lane = self._lanes.get(caller)
        return 0 if lane is None else lane.tokens

    def put(self, encodings: Sequence[Encoding], caller: Hashable = None) -> Flow:
        """Queue the texts of one request of a caller; return its flow."""
        lane = self._lanes.get(caller)
        if lane is None:
            lane = self._lanes[caller] = Lane(caller, self._clock)
        elif not lane.items:  # it has been served more than others: it is due when they catch up
            lane.start = max(lane.start, self._clock)
        flow = lane.put(encodings)
        self.texts += flow.size
        self.tokens += sum(len(encoding.ids) for encoding in encodings)
        return flow

    def cancel(self, flow: Flow) -> int:
        """Remove the texts of a request that still wait; return their number."""
        if not flow.waiting:
            return 0
        removed = flow.lane.cancel(flow)
        self._account(removed)
        return len(removed)

    def take(self) -> list[QueuedText]:
        """Remove and return the next micro-batch, longest text first; empty if none waits."""
        if not self.texts:
            return []
        window = self._window()
        batch = self._similar(window)
        self._clock = max(self._clock, window[0].flow.lane.start)
        first = Counter(item.flow.lane for item in window)
        chosen: dict[Lane, list[QueuedText]] = {}
        for item in batch:
            chosen.setdefault(item.flow.lane, []).append(item)
        for lane, items in chosen.items():
            lane.take(first[lane], items)
        self._account(batch)
        return batch

    def _window(self) -> list[QueuedText]:
        """Return the texts that are due next, in order; forget lanes that have had their share."""
        if len(self._lanes) > 1:
            self._lanes = {
                caller: lane
                for caller, lane in self._lanes.items()
                if lane.items or lane.start > self._clock
            }
        lanes = [lane for lane in self._lanes.values() if lane.items]
        if len(lanes) == 1:
            return lanes[0].items[: self._lookahead]
        return self._merged(lanes)

    def _merged(self, lanes: Sequence[Lane]) -> list[QueuedText]:
        """Return the first texts of all lanes, each due after the tokens before it in its lane."""
        window: list[QueuedText] = []
        due = [(lane.start, order, 0, lane) for order, lane in enumerate(lanes)]
        heapq.heapify(due)
        while due and len(window) < self._lookahead:
            start, order, place, lane = due[0]
            window.append(lane.items[place])
            if place + 1 < len(lane.items):
                heapq.heapreplace(due, (start + window[-1].tokens, order, place + 1, lane))
            else:
                heapq.heappop(due)
        return window

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
        self.texts -= len(removed)
        self.tokens -= sum(item.tokens for item in removed)
