"""The texts of one caller that wait, and in which order they are due.

A lane is fair between the requests that are in it: each request is a flow with a virtual clock
that advances by the tokens computed for it (start-time fair queueing, Goyal, Vin and Cheng,
SIGCOMM 1996). So a single text overtakes a list of thousands, and lists share the lane evenly.
No request starves, because the common clock advances with all tokens computed. `queue` is fair
between lanes, in the same way.
"""

from bisect import insort
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from sentiment.inference.encoding import Encoding


@dataclass(eq=False, slots=True)
class QueuedText:
    """One text that waits; `flow` is the request that it came with."""

    encoding: Encoding
    flow: "Flow"
    place: int
    """Its index among the texts of its request."""
    start: float = 0.0
    """Virtual time of its lane at which it is due to be computed."""

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
    lane: "Lane"


_due = attrgetter("start")


@dataclass(eq=False, slots=True)
class Lane:
    """The texts of one caller, in the order they are due."""

    caller: Hashable
    start: float
    """Virtual time of the queue at which its first text is due."""
    items: list[QueuedText] = field(default_factory=list)
    clock: float = 0.0
    active: int = 0
    """Requests with texts that wait."""
    tokens: int = 0
    """Tokens of the texts that wait."""

    def put(self, encodings: Sequence[Encoding]) -> Flow:
        """Add the texts of one request; return its flow.

        A list is answered as a whole, so its texts are due longest first: its
        micro-batches then hold texts of nearly one length.
        """
        flow = Flow(len(encodings), len(encodings), self)
        due = self.clock
        items: list[QueuedText] = []
        for place in sorted(range(len(encodings)), key=lambda i: -len(encodings[i].ids)):
            items.append(QueuedText(encodings[place], flow, place, due))
            due += items[-1].tokens
        if len(items) == 1:
            insort(self.items, items[0], key=_due)
        else:
            self.items.extend(items)
            self.items.sort(key=_due)  # two sorted runs, which Python merges in linear time
        self.active += bool(items)
        self.tokens += sum(item.tokens for item in items)
        return flow

    def cancel(self, flow: Flow) -> list[QueuedText]:
        """Remove and return the texts of a request."""
        removed = [item for item in self.items if item.flow is flow]
        self.items = [item for item in self.items if item.flow is not flow]
        self._account(removed)
        return removed

    def take(self, first: int, chosen: Sequence[QueuedText]) -> None:
        """Remove texts that make a micro-batch, all of them among the `first` that are due."""
        taken = set(map(id, chosen))
        active = max(self.active, 1)
        self.clock = max(self.clock, self.items[0].start)
        self.items[:first] = [item for item in self.items[:first] if id(item) not in taken]
        self._account(chosen)
        tokens = sum(item.tokens for item in chosen)
        self.clock += tokens / active
        self.start += tokens

    def _account(self, removed: Sequence[QueuedText]) -> None:
        for item in removed:
            item.flow.waiting -= 1
            self.tokens -= item.tokens
            self.active -= item.flow.waiting == 0
