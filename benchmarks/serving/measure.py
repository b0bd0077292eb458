"""Measures serving: the engine by itself, Sentiment, its peers, and Sentiment again."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.peers.environment import PeerUnavailable, versions
from benchmarks.peers.peer import Peer
from benchmarks.reviews import cut, reviews
from benchmarks.serving.ceiling import ceiling
from benchmarks.serving.lists import beside_lists
from benchmarks.serving.result import ClosedLoop, Measured, OpenLoop, Result, Skipped, at
from benchmarks.serving.server_under_test import ServerUnderTest
from benchmarks.serving.servers import OURS, python, running
from sentiment.store import StoredModel

CONCURRENCY = (1, 16, 64, 256)
SHARES = (0.5, 0.8, 1.5)
TEXTS = 256
_OVERLOAD_QUEUE_TOKENS = 32_768  # less than a second of work, so that a short run fills it


def measure(model: StoredModel, peers: Sequence[Peer], seconds: float) -> Result:
    """Measure Sentiment and the peers, `seconds` for each figure.

    Raises `PeerUnavailable` if Sentiment itself does not start. A peer that does not
    start becomes a row with the reason.
    """
    texts = cut(model, reviews(TEXTS))
    before = ceiling(model, texts, seconds)
    ours = closed_loop(OURS, model.folder, texts, seconds)
    after = ceiling(model, texts, seconds)
    opened = list(open_loop(model.folder, texts, seconds, at(ours, 64)["per_s"]))
    lists = beside_lists(model.folder, texts, seconds)
    others = [_or_skipped(peer, model.folder, texts, seconds) for peer in peers]
    again = replace(OURS, title="Sentiment, after the others")
    return {
        **machine(),
        "model": model.tag,
        "max_length": model.card.truncation.max_length,
        "engine": before.engine,
        "ceilings": [before.texts_per_s, after.texts_per_s],
        "engine_ms": [before.text_ms, after.text_ms],
        "open": opened,
        "lists": lists,
        "servers": [ours, *others, closed_loop(again, model.folder, texts, seconds)],
    }


def closed_loop(peer: Peer, model_folder: Path, texts: Sequence[str], seconds: float) -> Measured:
    """Measure a server with callers that each ask again once they are answered."""
    print(f"{peer.name} ...", file=sys.stderr, flush=True)
    with running(peer, model_folder) as server:
        under_test = ServerUnderTest(peer, server, texts)
        rows: list[ClosedLoop] = []
        for callers in CONCURRENCY:
            rows.append({"concurrency": callers, **under_test.figures(seconds, callers)})
            per_s = rows[-1]["per_s"]
            print(f"  {callers} callers: {per_s:.1f}/s", file=sys.stderr, flush=True)
        return {
            "name": peer.name,
            "title": peer.title,
            "versions": versions(peer, python(peer)),
            "ready_s": server.seconds_to_ready,
            "closed": rows,
        }


def _or_skipped(
    peer: Peer, model_folder: Path, texts: Sequence[str], seconds: float
) -> Measured | Skipped:
    try:
        return closed_loop(peer, model_folder, texts, seconds)
    except PeerUnavailable as error:
        return {"name": peer.name, "title": peer.title, "skipped": str(error)}


def open_loop(
    model_folder: Path, texts: Sequence[str], seconds: float, capacity: float
) -> Iterator[OpenLoop]:
    """Yield our figures at several shares of `capacity`, which is in answers per second."""
    variables = {"SENTIMENT_MAX_QUEUE_TOKENS": str(_OVERLOAD_QUEUE_TOKENS)}
    with running(replace(OURS, variables=variables), model_folder) as server:
        under_test = ServerUnderTest(OURS, server, texts)
        for share in SHARES:
            figures = under_test.figures(seconds, rate=share * capacity)
            yield {"share": share, "goodput": figures["per_s"] / capacity, **figures}
