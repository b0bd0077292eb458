"""Where requests and tokens are counted: in this process, or in Redis for several servers.

Both are storages of the library `limits`, for its sliding windows: two counters for each limit,
so that a limit of a million tokens takes no more memory than one of ten requests.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from limits.aio.storage import RedisStorage, SlidingWindowCounterSupport, Storage

from sentiment.errors import LimitsUnavailable

log = logging.getLogger("sentiment.access")

T = TypeVar("T")

_SWEEP_S = 10.0  # between two looks for windows that are over

# A Redis of the same network answers within a millisecond; a burst of requests that makes its
# connections first takes a tenth of a second. Whoever waits longer gets what
# `SENTIMENT_WITHOUT_REDIS` says, and Redis is left alone for a moment.
_REDIS_S = 0.25
_REST_S = 1.0
_CONNECTIONS = 8


class LocalWindows(Storage, SlidingWindowCounterSupport):
    """Sliding windows in the memory of this process.

    The library's own memory storage looks through all that it holds for each request, which
    takes 2 ms for 20,000 addresses; this one does so every ten seconds. The first window of
    all begins with the storage, not with the minute of the clock.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._windows: dict[str, tuple[int, int, int]] = {}
        """By key: the number of the window that was counted in last, its count, and the count
        of the window before."""
        self._expiries: dict[str, int] = {}
        self._began = self._swept = clock()

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return ValueError

    async def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        now = self._clock()
        if now - self._swept >= _SWEEP_S:
            self._sweep(now)
        number, current, previous = self._counts(key, expiry, now)
        if int(previous * self._left(expiry, now)) + current + amount > limit:
            return False
        self._windows[key] = (number, current + amount, previous)
        self._expiries[key] = expiry
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        now = self._clock()
        _, current, previous = self._counts(key, expiry, now)
        left = self._left(expiry, now) * expiry
        return previous, left, current, left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002
        await self.clear(key)

    async def get(self, key: str) -> int:
        return self._windows.get(key, (0, 0, 0))[1]

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("only sliding windows are counted here")

    async def get_expiry(self, key: str) -> float:
        return time.time() + self._expiries.get(key, 0)

    async def check(self) -> bool:
        return True

    async def reset(self) -> int | None:
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _number(self, expiry: int, now: float) -> int:
        """Return the number of the window of `now`, from 0."""
        return int((now - self._began) // expiry)

    def _left(self, expiry: int, now: float) -> float:
        """Return which part of that window is to come, in (0, 1]."""
        return 1 - (now - self._began) / expiry % 1

    def _counts(self, key: str, expiry: int, now: float) -> tuple[int, int, int]:
        number = self._number(expiry, now)
        counted, current, previous = self._windows.get(key, (number, 0, 0))
        if counted == number:
            return number, current, previous
        return number, 0, current if counted == number - 1 else 0

    def _sweep(self, now: float) -> None:
        self._swept = now
        over = [
            key
            for key, (number, _, _) in self._windows.items()
            if number < self._number(self._expiries[key], now) - 1
        ]
        for key in over:
            del self._windows[key], self._expiries[key]


def redis_windows(url: str) -> tuple[RedisStorage, Callable[[], Awaitable[None]]]:
    """Return sliding windows in Redis, and what closes the connections to it.

    It is asked for the first time when they are used.
    """
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    pool: Any = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=2 * _REDIS_S,
        socket_timeout=_REDIS_S,
        socket_connect_timeout=_REDIS_S,
        retry=Retry(NoBackoff(), 0),
    )
    pool.make_connection()  # which refuses options that there are not, and connects to nothing
    windows = RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="sentiment",
        connection_pool=pool,
    )
    return windows, pool.disconnect


class Guard:
    """Asks what may be out of reach, briefly, and not again for a second after it was.

    While Redis is gone only one request a second waits for it, and at most for as long as a
    round trip may take.
    """

    def __init__(self, closed: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """`closed` says whether nothing is answered without it."""
        self._closed = closed
        self._clock = clock
        self._asked_again_at = 0.0
        self._gone = False
        self._told = False
        # Redis is not blamed if a busy server has no connection free, unless it lasts.
        self._free = asyncio.Semaphore(_CONNECTIONS)

    async def ask(self, question: Callable[[], Awaitable[T]], counts: bool = False) -> T | None:
        """Return an answer, None if there is none and callers are let in all the same.

        Raises `LimitsUnavailable` if they are not. `counts` says that the question is one to
        count: a Redis that can be read alone, such as a replica, answers only the others.
        """
        if not self._rests() and await self._has_turn():
            try:
                if not self._rests():
                    return await self._answer(question, counts)
            finally:
                self._free.release()
        self._refuse_if_closed()
        return None

    async def _has_turn(self) -> bool:
        """Wait for a connection; one for which others wait as long as this is no use to anybody."""
        try:
            async with asyncio.timeout(2 * _REDIS_S):
                await self._free.acquire()
        except TimeoutError as error:
            self._note_gone(error)
            return False
        return True

    def _rests(self) -> bool:
        """Return whether Redis was gone within the last second."""
        return self._gone and self._clock() < self._asked_again_at

    async def _answer(self, question: Callable[[], Awaitable[T]], counts: bool) -> T | None:
        self._asked_again_at = self._clock() + _REST_S  # if it is gone, only this one waits for it
        try:
            async with asyncio.timeout(2 * _REDIS_S):
                answer = await question()
        except Exception as error:
            self._note_gone(error)
            self._refuse_if_closed()
            return None
        self._gone = False
        if self._told and counts:
            self._told = False
            log.warning("Redis is reached again: limits hold")
        return answer

    def _note_gone(self, error: Exception) -> None:
        self._asked_again_at = self._clock() + _REST_S
        self._gone = True
        if not self._told:
            self._told = True
            log.warning(
                "Redis cannot be reached (%s): %s",
                _reason(error),
                "every request gets 503" if self._closed else "no limits until it can",
            )

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise LimitsUnavailable(
                "Limits cannot be looked up at the moment.", "Try again.", {"Retry-After": "1"}
            )


def _reason(error: Exception) -> str:
    """Return why Redis did not answer, without what the library says: it may have the address."""
    if isinstance(error, TimeoutError):
        return f"no answer within {2 * _REDIS_S:g} s"
    return type(error.__cause__ or error).__name__
