"""A running server under load: its figures, and which of its replies are right."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from benchmarks.peers.environment import PeerUnavailable
from benchmarks.peers.peer import Peer
from benchmarks.peers.process import Server
from benchmarks.serving.counters import counters, growth, padding
from benchmarks.serving.load import Load, Reply, send
from benchmarks.serving.result import Figures, Times
from benchmarks.serving.servers import OURS, running
from sentiment.store import StoredModel

_SAME = 0.05  # rounding in int8 and bf16 depends on the shape of the micro-batch
_WARM_UP_CALLERS = 64  # of a server that nobody has asked before
_WARM_UP_S = 3.0  # engines build a kernel when they first meet a shape


class ServerUnderTest:
    """A running server, the texts that it is asked, and what it answered when it was idle."""

    def __init__(self, peer: Peer, server: Server, texts: Sequence[str], key: str = "") -> None:
        """Ask each text once, one after the other.

        Raises `PeerUnavailable` for an answer that is not 200.
        """
        self._peer = peer
        self._server = server
        self._url = server.url + peer.route
        self._key = key
        self._bodies = [peer.body(text).decode() for text in texts]
        self._idle_answers: list[float] = []
        while len(self._idle_answers) < len(texts):
            rest = self._bodies[len(self._idle_answers) :]
            replies = send(Load(self._url, rest, seconds=2, concurrency=1, key=key))
            for reply in replies[: len(rest)]:
                if reply.status != 200:
                    raise PeerUnavailable(f"It answered {reply.status}: {reply.body[:200]}")
                self._idle_answers.append(peer.positive(json.loads(reply.body)))

    def figures(self, seconds: float, concurrency: int = 0, rate: float = 0.0) -> Figures:
        """Return the figures of `concurrency` callers, or of `rate` requests per second."""
        warm_up = min(_WARM_UP_S, seconds / 2)
        load = Load(self._url, self._bodies, seconds + warm_up, concurrency, rate, self._key)
        counted, used = self._counters(), self._server.cpu_seconds()
        everything = send(load)
        used = self._server.cpu_seconds() - used
        grown = growth(counted, self._counters())
        replies = [reply for reply in everything if reply.ended >= warm_up]
        kinds = [self._kind(reply) for reply in replies]
        right = [reply for reply, kind in zip(replies, kinds, strict=True) if kind == "right"]
        waited = times([reply.seconds for reply in right])
        return {
            "per_s": sum(reply.ended <= load.seconds for reply in right) / seconds,
            **waited,
            "others": {kind: kinds.count(kind) for kind in sorted({*kinds} - {"right"})},
            "core_ms": used / len(everything) * 1000,
            "memory_mb": self._server.memory_mb(),
            "padding": padding(grown),
        }

    def _counters(self) -> dict[str, float]:
        """Return the server's own metrics if it is Sentiment; peers are not asked."""
        return counters(self._server.url) if self._peer.name == OURS.name else {}

    def _kind(self, reply: Reply) -> str:
        if reply.status == 429:
            return "429 with Retry-After" if reply.retry_after else "429 without Retry-After"
        if reply.status != 200:
            return f"status {reply.status}" if reply.status else reply.body
        try:
            answer = self._peer.positive(json.loads(reply.body))
        except (ValueError, KeyError, TypeError, IndexError):
            return "no answer in the reply"
        right = abs(answer - self._idle_answers[reply.place]) <= _SAME
        return "right" if right else "wrong"


@contextmanager
def warm_server(
    model: StoredModel, texts: Sequence[str], seconds: float, **variables: str
) -> Iterator[ServerUnderTest]:
    """Start our server with a model, put a load of `seconds` on it, yield it, stop it.

    The load comes first because the engine builds a kernel for each shape that it meets.
    `variables` are settings of the server.
    """
    server = replace(OURS, variables={"SENTIMENT_MODEL": model.tag, **variables})
    with running(server, model.folder) as process:
        under_test = ServerUnderTest(server, process, texts)
        under_test.figures(seconds, _WARM_UP_CALLERS)
        yield under_test


def times(seconds: Sequence[float]) -> Times:
    """Return the percentiles of waiting times, or NaN if there are no times."""
    p50, p95, p99 = np.percentile(np.asarray(seconds or [np.nan]) * 1000, (50, 95, 99))
    return {"p50_ms": float(p50), "p95_ms": float(p95), "p99_ms": float(p99)}
