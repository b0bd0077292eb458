"""How much a caller may ask in a minute, in requests and in tokens, and how it is told so.

The library `limits` counts, in sliding windows: what was counted in the minute before weighs
less with each second, so nobody gets two minutes' worth at the turn of a minute. A request is
counted before its body is read, and its tokens once it is tokenised: they are what it costs.
"""

import math
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal, TypeVar

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage

from sentiment.errors import BodyTooLarge, LimitExceeded, UsageError
from sentiment.serving.access.caller import Caller
from sentiment.serving.access.window_store import Guard, LocalWindows, redis_windows
from sentiment.settings import AccessSettings

_MINUTE_S = 60
_FRESH_S = 1.0  # for which what Redis said of other servers' requests is taken for true
_MOST_SEEN = 10_000

T = TypeVar("T")

Unit = Literal["requests", "tokens"]


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is used at one moment."""

    unit: Unit
    limit: int
    previous: int
    """Counted in the minute before."""
    current: int
    """Counted in this minute."""
    left_s: float
    """Seconds until this minute is over, in which the one before fades."""

    @property
    def remaining(self) -> int:
        """What may still be used now."""
        fading = math.floor(self.previous * self.left_s / _MINUTE_S)
        return max(0, self.limit - fading - self.current)

    def wait_s(self, cost: int) -> int:
        """Return the whole seconds after which `cost` fits, if nothing else is asked meanwhile."""
        room = self.limit - cost
        if self.current <= room:  # once enough of the minute before has faded
            fades = self.previous and self.left_s - (room + 1 - self.current) * (
                _MINUTE_S / self.previous
            )
            return max(1, math.ceil(fades + 0.001))
        fades = _MINUTE_S * (1 - (room + 1) / self.current)
        return max(1, math.ceil(self.left_s + fades + 0.001))

    def service_limit(self) -> str:
        """Return the item of this limit in a `RateLimit` field of the same draft."""
        return f'"{self.unit}";r={self.remaining};t={math.ceil(self.left_s)}'


class Limiter:
    """Counts what callers ask. Without a limit nothing is counted."""

    def __init__(
        self, settings: AccessSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._windows: LocalWindows | RedisStorage
        self._close: Callable[[], Awaitable[None]] | None = None
        if settings.redis_url:
            try:
                self._windows, self._close = redis_windows(settings.redis_url)
            except (ValueError, TypeError):  # of redis-py, whose words may show the password
                raise UsageError(
                    "SENTIMENT_REDIS_URL is no URL that can be used.",
                    "It should be one such as redis://:password@host:6379/0.",
                ) from None
        else:
            self._windows = LocalWindows(clock)
        self._guard = Guard(settings.without_redis == "closed") if settings.redis_url else None
        self._clock = clock
        self._seen: dict[tuple[Unit, str], tuple[float, Use]] = {}

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._close is not None:
            await self._close()

    async def admit(self, caller: Caller, requests: int, tokens: int) -> None:
        """Count a request; raise `LimitExceeded` if it is one too many, or no token is left.

        `requests` and `tokens` are the caller's limits; 0 means none.
        """
        uses: dict[Unit, Use] = {}
        if requests:
            uses["requests"], fits = await self._count("requests", caller, requests, 1)
            if not fits:
                raise _exceeded(uses["requests"], 1, uses.values())
        if tokens:
            uses["tokens"] = await self._use("tokens", caller, tokens)
            if not uses["tokens"].remaining:
                raise _exceeded(uses["tokens"], 1, uses.values())

            async def charge(caller: Caller, cost: int) -> None:
                await self._charge(caller, cost, tokens, uses)

            caller.charge_tokens = charge
        caller.fields = lambda: _fields(uses.values())

    async def _charge(self, caller: Caller, cost: int, limit: int, uses: dict[Unit, Use]) -> None:
        """Count the tokens of a request; raise `LimitExceeded` if they are too many."""
        if cost > limit:
            raise BodyTooLarge(
                f"The texts have {cost:,} tokens; at most {limit:,} a minute are yours.",
                "Split the list.",
            )
        uses["tokens"], fits = await self._count("tokens", caller, limit, cost)
        if not fits:
            raise _exceeded(uses["tokens"], cost, uses.values())

    async def _count(self, unit: Unit, caller: Caller, limit: int, cost: int) -> tuple[Use, bool]:
        """Count `cost` if it fits; return what is used afterwards, and whether it fitted."""
        use = await self._use(unit, caller, limit)
        if use.remaining < cost:
            return use, False
        key = _key(unit, limit, caller.partition)
        counted = await self._asked(
            partial(self._windows.acquire_sliding_window_entry, key, limit, _MINUTE_S, cost),
            counts=True,
        )
        if counted is None:  # nobody counts, so there is no limit
            return use, True
        if not counted:  # others were faster
            return await self._use(unit, caller, limit, look_again=True), False
        return self._remember(caller, replace(use, current=use.current + cost)), True

    async def _use(self, unit: Unit, caller: Caller, limit: int, look_again: bool = False) -> Use:
        """Return what is used: what Redis says, or said within the second, and what came since."""
        if self._seen and not look_again:
            now = self._clock()
            then, use = self._seen.get((unit, caller.partition), (-math.inf, None))
            if use is not None and now - then < _FRESH_S and use.limit == limit:
                return replace(use, left_s=max(0.0, use.left_s - (now - then)))
        key = _key(unit, limit, caller.partition)
        look = partial(self._windows.get_sliding_window, key, _MINUTE_S)
        previous, previous_s, current, current_s = await self._asked(look) or (0, 0.0, 0, 0.0)
        left = current_s - _MINUTE_S if current else previous_s
        use = Use(unit, limit, previous, current, min(max(left, 0.0), _MINUTE_S))
        return self._remember(caller, use)

    def _remember(self, caller: Caller, use: Use) -> Use:
        if self._guard is not None:  # to ask Redis once more takes longer than all else of the door
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[use.unit, caller.partition] = self._clock(), use
        return use

    async def _asked(self, question: Callable[[], Awaitable[T]], counts: bool = False) -> T | None:
        return await (question() if self._guard is None else self._guard.ask(question, counts))


@lru_cache(_MOST_SEEN)
def _key(unit: Unit, limit: int, partition: str) -> str:
    """Return the name that the library gives to what a caller has of a limit."""
    return RateLimitItemPerMinute(limit, namespace=unit).key_for(partition)


@lru_cache
def _policy(unit: Unit, limit: int) -> str:
    """Return the item of a limit in a `RateLimit-Policy` field.

    Its form is that of draft-ietf-httpapi-ratelimit-headers-11. `tokens` is a unit of ours.
    """
    of_tokens = "" if unit == "requests" else f';qu="{unit}"'
    return f'"{unit}";q={limit};w={_MINUTE_S}{of_tokens}'


def _exceeded(use: Use, cost: int, uses: Iterable[Use]) -> LimitExceeded:
    seconds = use.wait_s(cost)
    return LimitExceeded(
        f"More than {use.limit:,} {use.unit} in a minute.",
        f"Try again in {seconds} s.",
        {"Retry-After": str(seconds), **_fields(uses)},
    )


def _fields(uses: Iterable[Use]) -> dict[str, str]:
    uses = list(uses)
    if not uses:
        return {}
    return {
        "RateLimit-Policy": ", ".join(_policy(use.unit, use.limit) for use in uses),
        "RateLimit": ", ".join(use.service_limit() for use in uses),
    }
