"""How a server is reached, and for how long it is asked again while it is full."""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from sentiment.errors import InvalidValue, NoAnswer
from sentiment.loopback import is_here

_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_UNTOLD_S = 1.0  # until the next try where an answer does not say when
_LEAST_S = 0.1  # where it says at once, which would be hundreds of times a second

_SECRET = re.compile(r"//[^/@]*@")  # a name and a password in a URL


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
    key: str = field(default="", repr=False)
    """API key, for a server that asks for one."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What else is sent with each request."""
    tls: ssl.SSLContext | None = None
    """What is trusted and shown over HTTPS; else what `SSL_CERT_FILE` or certifi has is trusted."""

    def options(self) -> dict[str, Any]:
        """Return the arguments of a client of httpx.

        The proxies of the environment are not for a server on this machine. Raises `NoAnswer`
        for what is no address, and for certificates that cannot be read; `InvalidValue` for a key
        that no header can hold.
        """
        try:
            by_proxy = not is_here(httpx.URL(self.url).host)
        except httpx.InvalidURL as error:
            raise NoAnswer(f"{self.url!r} is no address: {error}.", "Name one.") from None
        try:
            trusted = self.tls or httpx.create_ssl_context()
        except OSError as error:
            raise NoAnswer(
                f"The certificates to trust cannot be read: {error}.",
                "Mend SSL_CERT_FILE or SSL_CERT_DIR.",
            ) from None
        key = self.key.strip()
        if not (key.isascii() and key.isprintable()):
            raise InvalidValue("A key has no such characters.", "Copy it anew.")
        keys = {"Authorization": f"Bearer {key}"} if key else {}
        return {
            "base_url": self.url,
            "timeout": self.timeout_s,
            "headers": {"Content-Type": "application/json", **keys, **self.headers},
            "trust_env": by_proxy,
            "verify": trusted,
        }

    def failed(self, error: Exception) -> NoAnswer:
        """Return what to tell of a request that got no answer."""
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return NoAnswer(
            f"There is no answer from {_SECRET.sub('//', self.url)}: {reason}.",
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
        wait = max(_LEAST_S, _retry_after_s(answer.headers.get("Retry-After", "")))
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
    return (then - datetime.now(UTC)).total_seconds()
