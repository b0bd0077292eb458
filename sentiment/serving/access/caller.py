"""Who asks: a key or an address, what it may still use, and the request that it is asking.

The door (`door`) finds out who asks. The runner charges the tokens that a request has and keeps
the queue fair between callers; it learns of them from here, whatever route was asked.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False)
class Caller:
    """Who asks one request."""

    name: str
    """The name of its key, or its address, for the log."""
    partition: str
    """What its requests have in common with others of the same key or address."""
    by_key: bool = False
    """Whether it has a key, which `name` then is the name of."""
    charge_tokens: Callable[["Caller", int], Awaitable[None]] | None = None
    fields: Callable[[], dict[str, str]] = dict
    """Returns headers that its answer gets."""

    async def charge(self, tokens: int) -> None:
        """Count tokens that are to be computed; raise `LimitExceeded` if they are too many."""
        if self.charge_tokens is not None:
            await self.charge_tokens(self, tokens)


_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)


def current_caller() -> Caller | None:
    """Return who asks the request that is being answered, None where that is not asked."""
    return _CALLER.get()


def set_caller(caller: Caller | None) -> None:
    """Say who asks the request that this task answers."""
    _CALLER.set(caller)
