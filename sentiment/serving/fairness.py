"""What all callers share, such that one who asks for everything leaves some for the others.

`queue` is fair in what is computed next. Here is what stands before it: room to wait in, turns, and
threads. Where nobody asks who calls, all requests are those of one caller.
"""

import asyncio
import math
from collections import Counter, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from sentiment.serving.access.caller import current_caller
from sentiment.serving.threads import tell

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


class Room:
    """How much may be taken, how much is, and how much of that by each caller.

    It has no lock: it is used only on the event loop.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.taken = 0
        self._by_caller: Counter[Hashable] = Counter()

    def has(self, size: int, caller: Hashable, freed: int = 0) -> bool:
        """Return whether a caller that gives back `freed` may take so much: `fair_room`."""
        own = 0 if caller is None else self._by_caller[caller] - freed
        return size <= fair_room(self._limit, self.taken - freed, own)

    def take(self, size: int, caller: Hashable) -> None:
        """Take some, or give some back where `size` is negative."""
        self.taken += size
        if caller is not None:
            self._by_caller[caller] += size
            if not self._by_caller[caller]:
                del self._by_caller[caller]


class InTurn(Generic[T]):
    """What waits, by caller; the next is that of the caller who waits longest for a turn."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[T]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, item: T) -> None:
        """Add what the caller of this request waits for, behind what it waits for already."""
        self._waiting.setdefault(partition(), deque()).append(item)
        self._count += 1

    def next(self) -> T:
        """Return what `take` will remove; `StopIteration` if nothing waits."""
        return next(iter(self._waiting.values()))[0]

    def take(self) -> T:
        """Remove and return the next; `StopIteration` if nothing waits."""
        caller, items = next(iter(self._waiting.items()))
        item = items.popleft()
        self._count -= 1
        if not items:
            del self._waiting[caller]
        elif len(self._waiting) > 1:
            self._waiting[caller] = self._waiting.pop(caller)  # behind the others
        return item


class FairTurns:
    """So many may work at once; the next turn is that of the caller who waits longest for one.

    It has no lock: it is used only on the event loop.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: InTurn[asyncio.Future[None]] = InTurn()

    async def begin(self) -> None:
        """Wait for a turn, which lasts until `end()`."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had come
                self.end()
            raise

    def end(self) -> None:
        """Hand a turn on."""
        while self._waiting:
            turn = self._waiting.take()
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._free += 1


@dataclass(eq=False, slots=True)
class _Work:
    """A function to call in a thread, and the future that gets what it returns or raises."""

    call: Callable[[], Any]
    weight: float
    done: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.call()
        except BaseException as error:
            self.error = error

    def deliver(self) -> None:
        if self.done.done():
            return  # nobody waits for it any more
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


class FairThreads:
    """Threads that callers use in turn, so that nobody waits for all of another's work.

    Each time that work is handed over two threads wake up. So a thread takes several light
    works that wait, the next of each caller in turn, and delivers them together.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._threads = threads
        self._free = 2 * threads  # one more each, to begin with at once
        self._waiting: InTurn[_Work] = InTurn()
        self._open = True

    async def run(self, work: Callable[..., T], *arguments: object, weight: float = 1.0) -> T:
        """Return what `work` returns in one of the threads.

        Works that wait share a thread up to a `weight` of 1 in all.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Work(partial(work, *arguments), weight, done))
        self._start()
        return await done

    def shutdown(self) -> None:
        """Take no more work."""
        self._open = False
        self._pool.shutdown(wait=False)

    def _start(self) -> None:
        """Give work to the threads while one is free."""
        while self._open and self._free and (works := self._next()):
            self._free -= 1
            running = self._pool.submit(_run, works)
            tell(asyncio.get_running_loop(), running, partial(self._finish, works))

    def _next(self) -> list[_Work]:
        """Return what one thread takes: a fair share of what waits, as far as it is light."""
        share = math.ceil(len(self._waiting) / self._threads)
        works: list[_Work] = []
        weight = 0.0
        while self._waiting and len(works) < share:
            weight += self._waiting.next().weight
            if works and weight > 1:
                break
            work = self._waiting.take()
            if not work.done.done():  # else its caller has left
                works.append(work)
        return works

    def _finish(self, works: list[_Work], _: "Future[None]") -> None:
        self._free += 1
        self._start()
        for work in works:
            work.deliver()


def _run(works: list[_Work]) -> None:
    for work in works:
        work.run()
