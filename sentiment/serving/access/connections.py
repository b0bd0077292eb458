"""All connections of the server: how many there may be, and how long each may take.

The newest are refused when there are too many, but a probe is always answered. What one
connection may do is bounded by `BOUNDS`, and enforced by `uvicorn_adapter`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from sentiment.errors import ProtocolError, SentimentError, TooManyConnections
from sentiment.serving.access.addresses import address_of
from sentiment.serving.access.descriptors import descriptors_left
from sentiment.settings import ServingSettings
from sentiment.uvicorn_adapter.bounds import Bounds
from sentiment.uvicorn_adapter.connection import Connection

log = logging.getLogger("sentiment.serving")

BOUNDS = Bounds(
    head_bytes=64 << 10,  # what nginx and uvicorn's other parser take at most
    framing_bytes=64 << 10,  # of 13,000 chunks of a byte each
    headers=100,  # as Apache does: LimitRequestFields
    requests=128,  # more than any client sends ahead; each takes kilobytes
    head_seconds=10.0,  # the setting header_seconds takes its place
    body_seconds=20.0,  # as Apache does: RequestReadTimeout
    body_rate=8192.0,  # the setting min_body_rate takes its place
    dropped_bytes=128 << 20,  # sixteen times the largest body by default
    dropped_seconds=30.0,  # as nginx does, with the next line: lingering_time, lingering_timeout
    quiet_seconds=5.0,
    late_seconds=1.0,  # to read the answer: more of a request is not on its way
    unread_seconds=60.0,  # as nginx does: send_timeout
)

# Of the heads of all connections, each of which may have an even share, and 16 KB in any case, as
# Node.js takes. In many small headers they take twice as much memory.
_ALL_HEADS = 64 << 20
_LEAST_HEAD = 16 << 10

PROBES = frozenset({"/livez", "/readyz", "/healthz", "/v2/health/live", "/v2/health/ready"})

# Connections beyond the limit that may be open until they have asked for a probe, the oldest being
# refused for the newest: so many that a probe has the time to ask while others flood in.
_SURPLUS = 256
_SURPLUS_S = 2.0  # in which they have to
_SWEEP_S = 0.5  # between two looks for what has taken too long


class Connections:
    """The overseer of all connections. Everything runs on the server's event loop."""

    def __init__(
        self,
        settings: ServingSettings,
        refused: Callable[[str], None],
        bounds: Bounds = BOUNDS,
    ) -> None:
        """`refused` is told the code of each error that the application does not see."""
        self.bounds = replace(
            bounds, head_seconds=settings.header_seconds, body_rate=settings.min_body_rate
        )
        self.head_bytes = bounds.head_bytes
        self.draining = False
        self._prefix = settings.path_prefix
        self._per_address = settings.max_connections_per_address
        self._limit = settings.max_connections
        self._note = refused
        self._addresses: dict[Connection, str] = {}
        self._by_address: Counter[str] = Counter()
        self._surplus: dict[Connection, None] = {}  # the oldest first
        self._most_surplus = _SURPLUS
        self._sweeping: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look for connections that take too long."""
        room = descriptors_left(self._limit + _SURPLUS)
        self._most_surplus = min(_SURPLUS, room // 4)
        room -= self._most_surplus
        if room < self._limit:
            log.warning(
                "at most %d connections, not %d, because of the limit of open files (ulimit -n)",
                room,
                self._limit,
            )
            self._limit = room
        self._sweep()

    def stop(self) -> None:
        """Stop looking."""
        if self._sweeping is not None:
            self._sweeping.cancel()

    # --- from the connections ---------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Count a connection; one too many may ask for nothing but a probe, and soon."""
        address = address_of(connection.client)
        self._addresses[connection] = address
        self._by_address[address] += 1
        self._share_heads()
        too_many = len(self._addresses) - len(self._surplus) > self._limit
        if too_many or (address and self._by_address[address] > self._per_address):
            connection.surplus = True
            connection.due = min(connection.due, connection.loop.time() + _SURPLUS_S)
            self._surplus[connection] = None
            if len(self._surplus) > self._most_surplus:
                oldest = next(iter(self._surplus))
                del self._surplus[oldest]
                oldest.turn_away(self._too_many())

    def closed(self, connection: Connection) -> None:
        """Count a connection no longer."""
        address = self._addresses.pop(connection, None)
        self._surplus.pop(connection, None)
        self._share_heads()
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def refusal(self, connection: Connection) -> SentimentError | None:
        """Return why a request is not answered, None if it may be."""
        if connection.parser.get_http_version() not in ("1.0", "1.1"):
            return ProtocolError("The request is not HTTP/1.1.", "Send it by the standard.")
        if sum(name == b"host" for name, _ in connection.headers) > 1:
            # RFC 9112, section 3.2; a proxy may have gone by another of them than we would
            return ProtocolError("The request has more than one Host.", "Send one.")
        path = connection.url.partition(b"?")[0].decode("latin-1").removeprefix(self._prefix)
        return self._too_many() if connection.surplus and path not in PROBES else None

    def refused(self, error: SentimentError) -> None:
        """Count and log an error that the application does not see."""
        self._note(error.code)
        log.warning("a connection is closed after %d %s", error.http_status, error.code)

    # --- from the shutdown ------------------------------------------------------------

    def begin_to_drain(self) -> None:
        """Let each answer from now on be the last one on its connection."""
        self.draining = True
        for connection in self._addresses:
            connection.answer_last()

    def close_idle(self) -> None:
        """Close what has no request that is not answered yet."""
        for connection in list(self._addresses):
            connection.shutdown()

    def open(self) -> int:
        """Return how many connections there are whose callers can still ask or be answered."""
        return sum(each.phase != "dropping" for each in self._addresses)

    def busy(self) -> set[Connection]:
        """Return the connections with a request that is not answered yet."""
        return {each for each in self._addresses if each.phase in ("head", "body", "answer")}

    # --- inside -----------------------------------------------------------------------

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self._addresses):
            if min(connection.due, connection.unread_due) <= now:
                if connection.phase == "silent":
                    self._note("silent_connection")
                    log.info("a connection was closed on which nothing came")
                connection.expire(now)
            elif connection.half_closed:
                connection.ask_whether_anyone_reads()
        self._sweeping = loop.call_later(_SWEEP_S, self._sweep)

    def _share_heads(self) -> None:
        share = _ALL_HEADS // max(len(self._addresses), 1)
        self.head_bytes = min(self.bounds.head_bytes, max(share, _LEAST_HEAD))

    def _too_many(self) -> SentimentError:
        return TooManyConnections(
            f"{len(self._addresses) - len(self._surplus):,} connections are open, of at most "
            f"{self._limit:,}, and {self._per_address:,} from one address.",
            "Try again in a moment, on connections that are used again.",
        )
