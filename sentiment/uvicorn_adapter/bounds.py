"""How much a caller may send on a connection, how long that may take, and who decides so."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sentiment.errors import SentimentError

if TYPE_CHECKING:
    from sentiment.uvicorn_adapter.connection import Connection


@dataclass(frozen=True)
class Bounds:
    """How much a caller may send, and how long that may take."""

    head_bytes: int
    """Of a request line with its headers, or of trailers."""
    framing_bytes: int
    """Between the parts of a body, beside an eighth of it."""
    headers: int
    requests: int
    """Sent on one connection before the first of them is answered."""
    head_seconds: float
    """From the first byte, or from the beginning of the connection, to the last header."""
    body_seconds: float
    """From the last header to the end of the body, beside the time that `body_rate` gives."""
    body_rate: float
    """Bytes for which a body gets a second more."""
    dropped_bytes: int
    """Of a request that was answered early."""
    dropped_seconds: float
    quiet_seconds: float
    """Without a byte of it, or beside the time that `body_rate` gives."""
    late_seconds: float
    """After the answer to what came too slowly."""
    unread_seconds: float
    """In which a caller has to take what is written."""


class Overseer(Protocol):
    """Decides for all connections together."""

    bounds: Bounds
    head_bytes: int
    """Those of `bounds`, or fewer where there are many connections."""
    draining: bool
    """Whether each answer is the last one on its connection."""

    def opened(self, connection: "Connection") -> None:
        """Note a new connection."""

    def closed(self, connection: "Connection") -> None:
        """Note that a connection has ended."""

    def refusal(self, connection: "Connection") -> SentimentError | None:
        """Return the error with which the request is answered before anything runs for it."""

    def refused(self, error: SentimentError) -> None:
        """Note that a connection ends with an error that the application does not see."""
