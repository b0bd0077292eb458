"""What all callers share, such that one who asks for everything leaves some for the others.

`queue` is fair in what is computed next. Here is what stands before it: room to wait in, turns, and
threads. Where nobody asks who calls, all requests are those of one caller.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sentiment.serving.access.caller import current_caller

T = TypeVar("T")

_TIMES_WHAT_IS_LEFT = 3  # so one caller has at most three quarters, and two three sevenths each


def partition() -> Hashable:
    """Return what tells the caller of this request from others, None where nobody asks."""
    caller = current_caller()
    return None if caller is None else caller.partition


def fair_room(bound: int, taken: int, own: int) -> int:
    """Return how much of `bound` a caller may take, who has `own` of what is `taken`.

    A caller that has nothing yet may take all that is left. Else what it has then is at most three
    times what it leaves: dynamic thresholds (Choudhury and Hahne, IEEE/ACM ToN 1998).
    """
    left = bound - taken
    if not own:
        return left
    return (_TIMES_WHAT_IS_LEFT * left - own) // (_TIMES_WHAT_IS_LEFT + 1)


class FairTurns:
    """So many may work at once; the next turn is that of the caller who waits longest for one.

    It has no lock: it is used only on the event loop.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        """Turns that are waited for, by caller; the first of them has the next."""

    async def begin(self) -> None:
        """Wait for a turn, which lasts until `end()`."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(partition(), deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had come
                self.end()
            raise

    def end(self) -> None:
        """Hand a turn on."""
        while self._waiting:
            caller, turns = next(iter(self._waiting.items()))
            turn = turns.popleft()
            del self._waiting[caller]
            if turns:
                self._waiting[caller] = turns  # behind the others
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._free += 1


class FairThreads:
    """Threads that callers use in turn, so that nobody waits for all of another's work."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._turns = FairTurns(2 * threads)  # one more each, to begin with at once

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Return what `work` returns in one of the threads."""
        loop = asyncio.get_running_loop()
        if current_caller() is None:
            return await loop.run_in_executor(self._pool, work, *arguments)
        await self._turns.begin()
        try:
            return await loop.run_in_executor(self._pool, work, *arguments)
        finally:
            self._turns.end()

    def shutdown(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False)
