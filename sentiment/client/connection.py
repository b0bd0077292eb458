"""How a server is reached, and for how long it is asked again while it is full."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from sentiment.errors import NoAnswer
from sentiment.loopback import is_here

_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_UNTOLD_S = 1.0  # until the next try where an answer does not say when


@dataclass(frozen=True)
class Connection:
    """What both clients have in common."""

    url: str
    patience_s: float = 60.0
    """For how long one request is sent again while the server answers 429 or 503."""
    timeout_s: float = 120.0
    """How long one answer may take; servers end a request after 60 s unless told otherwise."""
    at_once: int = 4
    """Pieces of a list sent and not yet answered: enough to keep a server of many cores busy."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What is sent with each request, such as a key."""

    def options(self) -> dict[str, Any]:
        """Return the arguments of a client of httpx.

        The proxies of the environment are not for a server on this machine. Raises `NoAnswer`
        for what is no address.
        """
        try:
            by_proxy = not is_here(httpx.URL(self.url).host)
        except httpx.InvalidURL as error:
            raise NoAnswer(f"{self.url!r} is no address: {error}.", "Name one.") from None
        return {
            "base_url": self.url,
            "timeout": self.timeout_s,
            "headers": {"Content-Type": "application/json", **self.headers},
            "trust_env": by_proxy,
        }

    def failed(self, error: Exception) -> NoAnswer:
        """Return what to tell of a request that got no answer."""
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return NoAnswer(
            f"There is no answer from {self.url}: {reason}.",
            "Is a server ready there? bentoml serve service:Sentiment",
        )


class Patience:
    """How long there is still to ask again, of a request that begins now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def wait_s(self, answer: httpx.Response) -> float | None:
        """Return after how many seconds to ask again; None if an answer is to be taken as it is."""
        if answer.status_code not in _AGAIN:
            return None
        wait = _retry_after_s(answer.headers.get("Retry-After", ""))
        return wait if time.monotonic() + wait < self._end else None


def _retry_after_s(told: str) -> float:
    """Return the seconds of a `Retry-After` header, which may be a date (RFC 9110, 10.2.3)."""
    if told.strip().isdecimal():
        return float(told)
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return _UNTOLD_S
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
