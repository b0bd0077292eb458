"""Callers that ask until they are refused, for tests of limits."""

from sentiment.errors import LimitExceeded
from sentiment.serving.access.caller import Caller
from sentiment.serving.access.limits import Limiter


def caller(name: str = "shop") -> Caller:
    return Caller(name, f"key/{name}")


async def admitted(limiter: Limiter, requests: int = 0, tokens: int = 0, name: str = "shop") -> int:
    """Ask until it is refused; return how often that went well."""
    count = 0
    try:
        while count < 1000:
            await limiter.admit(caller(name), requests, tokens)
            count += 1
    except LimitExceeded:
        pass
    return count
