"""The low-priority lane of the runner: work that waits so that plain requests need not.

It has a queue of its own. While plain requests come, its micro-batches are small, one at a
time, and followed by a rest: they have at most a twentieth of the time. A server with nothing
else to do works on them at full speed. One request at a time is tokenised and queued; the others
wait as the texts that they are. Callers have their turns one after the other.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence

from sentiment.errors import QueueFull
from sentiment.inference.encoding import Encoding
from sentiment.serving.fairness import FairTurns, Room, partition
from sentiment.serving.lanes import Flow, QueuedText
from sentiment.serving.queue import MicroBatchQueue
from sentiment.settings import ServingSettings

_SHARE = 1 / 20  # of the time, while plain requests come; half of what they may lose
_PLAIN_S = 1.0  # after the last plain text, others are expected
_BATCH = 1 / 4  # of the tokens of a plain micro-batch, which is how long a plain text may wait
_MOST = 32  # requests that are accepted, each with its texts in memory
_RETRY_S = 10  # some seconds: an explanation under load takes as long


class BackgroundLane:
    """What waits behind plain requests. It has no lock: it is used only on the event loop."""

    def __init__(self, settings: ServingSettings, wake: Callable[[], object]) -> None:
        """`wake` is called when a rest is over."""
        tokens = max(1, int(settings.max_batch_tokens * _BATCH))
        self._queue = MicroBatchQueue(tokens, settings.max_batch_texts, settings.lookahead)
        self._wake = wake
        self._turns = FairTurns(1)
        self._accepted = Room(_MOST)
        self._in_flight = 0
        self._rests_until = 0.0
        self._plain_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def tokens(self) -> int:
        """Tokens that wait in it."""
        return self._queue.tokens

    async def __aenter__(self) -> None:
        """Wait for a turn; raise `QueueFull` if too many wait already."""
        caller = partition()
        if not self._accepted.has(1, caller):
            raise QueueFull(f"{self._accepted.taken} explanations are being worked out.", _RETRY_S)
        self._accepted.take(1, caller)
        try:
            await self._turns.begin()
        except BaseException:
            self._accepted.take(-1, caller)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._accepted.take(-1, partition())
        self._turns.end()

    def put(self, encodings: Sequence[Encoding], caller: Hashable = None) -> Flow:
        """Queue the texts of one request; return its flow."""
        return self._queue.put(encodings, caller)

    def cancel(self, flow: Flow) -> int:
        """Remove the texts of a request that still wait; return their number."""
        return self._queue.cancel(flow)

    def saw_plain(self, now: float) -> None:
        """Note that plain requests come."""
        self._plain_until = now + _PLAIN_S

    def take(self, now: float) -> list[QueuedText]:
        """Return the next micro-batch, empty if none waits or it is not time for one yet."""
        if not self._queue.tokens:
            return []
        if now < self._plain_until and (self._in_flight or now < self._rests_until):
            self._wake_at(min(self._plain_until, max(self._rests_until, now + 0.001)))
            return []
        batch = self._queue.take()
        self._in_flight += bool(batch)
        return batch

    def computed(self, now: float, seconds: float) -> None:
        """Note that a micro-batch of the lane is done, which took so many seconds."""
        self._in_flight -= 1
        self._rests_until = now + seconds * (1 / _SHARE - 1)

    def _wake_at(self, when: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(when, self._woken)

    def _woken(self) -> None:
        self._timer = None
        self._wake()
