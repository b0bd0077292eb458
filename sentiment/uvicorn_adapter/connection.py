"""uvicorn's connection for HTTP/1.1, within bounds; nothing here runs once a byte.

The numbers are those of `Bounds`; the `Overseer` decides for all connections together.
"""

import contextlib
import math
from typing import Any, Literal

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sentiment.errors import (
    HeadersTooLarge,
    MethodNotAllowed,
    ProtocolError,
    RequestTooSlow,
    SentimentError,
)
from sentiment.uvicorn_adapter.bounds import Overseer
from sentiment.uvicorn_adapter.departure import DEPARTURE, Departure
from sentiment.uvicorn_adapter.messages import error_response, head_without_upgrade
from sentiment.uvicorn_adapter.transport import Transport

Phase = Literal["silent", "head", "body", "answer", "idle", "dropping"]
"""What a connection does.

No byte has come yet; the request line and headers of a request come; its body comes; it is
whole and its answer is due; the next request is awaited; what comes is read and dropped.
"""


class Connection(HttpToolsProtocol):
    """One connection of a caller, as uvicorn makes them, within the bounds of an `Overseer`."""

    transport: Any
    parser: Any
    cycle: Any

    def __init__(self, overseer: Overseer, **options: Any) -> None:
        super().__init__(**options)
        self._overseer = overseer
        self._bounds = overseer.bounds
        self.phase: Phase = "silent"
        self.due = self.unread_due = math.inf
        """When what is awaited has to be there, in the event loop's time."""
        self.half_closed = False
        """Whether the caller will send no more, but may still read its answer."""
        self.surplus = False
        """Whether there are too many connections for this one to ask what it likes."""
        self._refusal: SentimentError | None = None
        self._messages = self._head = self._fed = self._told = self._whole_body = self._dropped = 0
        self._keep_alive = False

    # --- from the event loop ----------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Transport(transport, self._close, lambda: not self.pipeline))
        self.due = self.loop.time() + self._bounds.head_seconds
        self._overseer.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.scope[DEPARTURE].happen()
        self._overseer.closed(self)

    def data_received(self, data: bytes) -> None:
        message, phase, told = self._messages, self.phase, self._told
        if phase == "dropping":
            self._drop(len(data))
            return
        self._feed(data)
        if self.phase == "dropping" or self.transport.is_closing():
            return
        if self.phase != "idle":  # empty lines are no request
            self._unset_keepalive_if_required()
        if self._messages != message or self.phase != phase:
            self._fed, self._told = 0, self._told - told
        elif phase == "body":
            self.due += len(data) / self._bounds.body_rate
        self._fed += len(data)
        # What is not told is half a header or frames a body, as 6 bytes do a chunk of 48 bytes.
        most = self._overseer.head_bytes if self.phase == "head" else self._bounds.framing_bytes
        if self._fed - self._told > most + self._whole_body // 8:
            self.refuse(self._too_large())

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Keep the way back open as long as a whole request has no answer yet."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body or self.scheme == "https":
            return None
        self.half_closed, cycle.keep_alive = True, False
        self.phase, self.due = "answer", math.inf
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self.unread_due = self.loop.time() + self._bounds.unread_seconds

    def resume_writing(self) -> None:
        super().resume_writing()
        self.unread_due = math.inf

    # --- from the parser --------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._messages += 1
        self._head = self._whole_body = 0
        if self.phase != "silent":
            self.due = self.loop.time() + self._bounds.head_seconds
        self.phase = "head"

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # `_feed` begins again without the offer to upgrade
        if refusal := self._overseer.refusal(self):
            self._stop(refusal)
        if len(self.pipeline) >= self._bounds.requests:
            self._stop(ProtocolError("Too many requests wait.", "Read the answers."))
        self.scope[DEPARTURE] = Departure()  # type: ignore[literal-required]
        super().on_headers_complete()
        self.headers = []  # where trailers go, which nobody reads
        self.phase = "body"
        self.due = self.loop.time() + self._bounds.body_seconds
        # An answer that begins before the request is whole ends the connection.
        self._keep_alive, self.cycle.keep_alive = self.cycle.keep_alive, False

    def on_body(self, body: bytes) -> None:
        self._told += len(body)
        self._whole_body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade() or self.phase != "body":
            return
        super().on_message_complete()
        self.phase, self.due = "answer", math.inf
        if not self.cycle.response_started:
            goes_on = self._keep_alive and self.parser.should_keep_alive()  # trailers may object
            self.cycle.keep_alive = goes_on and not (self.surplus or self._overseer.draining)

    # --- from the answer --------------------------------------------------------------

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:
            self.cycle.body.clear()  # of a request that was refused before its body was read
        if not (self.pipeline or self.flow.read_paused):  # as uvicorn would after each answer
            self.transport.behind.resume_reading()
        if self.phase == "answer" and self.cycle.response_complete:
            self.phase = "idle"

    def shutdown(self) -> None:
        """Close what has no request; let uvicorn close the others after their answers."""
        if self.phase in ("body", "answer"):
            super().shutdown()
        else:
            self.transport.behind.close()

    # --- from the overseer ------------------------------------------------------------

    def answer_last(self) -> None:
        """Make the answer that is due, if any, the last one on this connection."""
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def refuse(self, error: SentimentError) -> None:
        """Answer with an error, read and drop what still comes for a while, and close.

        A request before this one that has no answer yet gets it, and then the connection ends.
        """
        self._overseer.refused(error)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or self.phase != "body":
                cycle.keep_alive = False
                self._begin_to_drop(math.inf)
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if not self.pipeline:
            self.transport.write(error_response(error, self.server_state.default_headers))
        self.transport.close()

    def turn_away(self, error: SentimentError) -> None:
        """Answer with an error and close at once."""
        self.refuse(error)
        self.transport.behind.close()

    def expire(self, now: float) -> None:
        """End what has taken until `due` or `unread_due`."""
        behind = self.transport.behind
        if self.unread_due <= now or behind.is_closing():
            behind.abort()
        elif self.phase in ("silent", "dropping"):
            self._close()
        elif self.flow.read_paused:  # it is the server that does not read
            self.due = now + self._bounds.body_seconds
        else:
            self.refuse(RequestTooSlow("The request did not arrive in time.", "Send it faster."))
            if self.transport.ending:
                self.due = self._end_of_dropping = now + self._bounds.late_seconds

    def ask_whether_anyone_reads(self) -> None:
        """Send an interim answer, to which the system of a caller who has left objects.

        Closing a socket and closing its way out look alike, until something is sent. The
        objection shows the next time that something is sent.
        """
        cycle = self.cycle
        waits = not (cycle.response_started or self.pipeline or self.transport.is_closing())
        if not waits or cycle.scope["http_version"] != "1.1":
            return
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # --- inside -----------------------------------------------------------------------

    def _feed(self, data: bytes) -> None:
        try:
            while True:
                try:
                    self.parser.feed_data(data)
                    return
                except httptools.HttpParserUpgrade as upgrade:
                    data = self._without_upgrade() + data[upgrade.args[0] :]
        except httptools.HttpParserError:
            unreadable = ProtocolError("The request is not HTTP/1.1.", "Send it by the standard.")
            self.refuse(self._refusal or unreadable)

    def _without_upgrade(self) -> bytes:
        """Return the head just read without the offer to upgrade, for a parser of its own.

        After such an offer the parser takes the body for another protocol, and what follows
        it for the next request.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._stop(MethodNotAllowed("CONNECT is not answered here.", "GET or POST"))
        head = head_without_upgrade(method, self.url, self.parser.get_http_version(), self.headers)
        self.parser = httptools.HttpRequestParser(self)
        with contextlib.suppress(AttributeError):  # as in uvicorn's own constructor
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return head

    def _count(self, size: int) -> None:
        """Count what is read of a head or of trailers."""
        self._head += size
        self._told += size
        if self._head > self._overseer.head_bytes or len(self.headers) >= self._bounds.headers:
            self._stop(self._too_large())

    def _stop(self, refusal: SentimentError) -> None:
        """Make the parser stop, so that the request is refused with `refusal`."""
        self._refusal = refusal
        raise httptools.HttpParserError

    def _too_large(self) -> SentimentError:
        return HeadersTooLarge(
            f"A request may have {self._bounds.headers} headers, and {self._overseer.head_bytes:,} "
            "bytes of them, of trailers and of chunk extensions.",
            "Send fewer or shorter ones.",
        )

    def _close(self) -> None:
        """Close; if a part of a request has not come yet, read and drop it for a while first.

        A connection that is closed with unread bytes is reset, and a caller that sends all
        before it reads would lose the answer.
        """
        if self.transport.behind.is_closing():
            return
        if self.phase in ("head", "body") and not self.half_closed:
            if self.transport.behind.can_write_eof():
                self.transport.behind.write_eof()
            self._begin_to_drop(self.loop.time() + self._bounds.quiet_seconds)
            self.transport.ending = True
        else:
            self.unread_due = self.loop.time() + self._bounds.unread_seconds
            self.transport.behind.close()

    def _begin_to_drop(self, due: float) -> None:
        self.phase, self.due, self.parser = "dropping", due, None  # which keeps half a header
        self._end_of_dropping = self.loop.time() + self._bounds.dropped_seconds
        self.flow.resume_reading()

    def _drop(self, size: int) -> None:
        self._dropped += size
        if self._dropped > self._bounds.dropped_bytes:
            self.transport.behind.close()
        elif self.transport.ending:
            quiet = self.loop.time() + self._bounds.quiet_seconds
            self.due += size / self._bounds.body_rate
            self.due = min(self.due, quiet, self._end_of_dropping)
