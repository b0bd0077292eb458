"""Measures our server with the n-grams of a model and without them, and a peer, in one run."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.cascade.result import Peer, Result, Row, Setting, Starts
from benchmarks.machine import machine
from benchmarks.peers.environment import versions
from benchmarks.peers.peer import PEERS
from benchmarks.reviews import cut, reviews
from benchmarks.serving.ceiling import ceiling
from benchmarks.serving.measure import TEXTS
from benchmarks.serving.server_under_test import ServerUnderTest, warm_server
from benchmarks.serving.servers import OURS, python, running
from benchmarks.tradeoff.models import Named
from sentiment.errors import UsageError

CALLERS = (1, 64)
_SETTINGS: tuple[Setting, ...] = ("off", "auto")
_STARTS = 3
_PEER = next(peer for peer in PEERS if peer.name == "onnxruntime")


def measure(models: Sequence[Named], seconds: float) -> Result:
    """Measure each model with the cascade off and on, and the peer with the smallest of them.

    Raises `UsageError` for a model without n-grams, and `PeerUnavailable`.
    """
    for _, model in models:
        if model.card.cascade is None:
            raise UsageError(f"{model.tag} has no n-grams.", "Name a model that has some.")
    python(_PEER)  # installs it; what cannot be had is known before anything is measured
    ceilings: dict[str, float] = {}
    rows: list[Row] = []
    starts: list[Starts] = []
    for each in models:
        name, model = each
        ceilings[name] = ceiling(model, cut(model, reviews(TEXTS)), seconds).texts_per_s
        starts += _starts(each)
        for setting in _SETTINGS:
            rows += _rows(each, setting, seconds)
    small = min(models, key=_bytes_of_weights)
    return {
        **machine(),
        "rows": rows,
        "starts": starts,
        "ceilings": ceilings,
        "peer": _peer(small, seconds),
    }


def _bytes_of_weights(named: Named) -> int:
    return sum(file.stat().st_size for file in named.model.folder.rglob("*.safetensors"))


def _starts(named: Named) -> list[Starts]:
    """Start the server with the cascade off and on in turns."""
    name, model = named
    found: list[Starts] = [{"name": name, "cascade": each, "ready_s": []} for each in _SETTINGS]
    for _ in range(_STARTS):
        for each in found:
            print(f"{name}, cascade {each['cascade']}: a start ...", file=sys.stderr, flush=True)
            given = {"SENTIMENT_MODEL": model.tag, "SENTIMENT_CASCADE": each["cascade"]}
            with running(replace(OURS, variables=given), model.folder) as server:
                each["ready_s"].append(server.seconds_to_ready)
    return found


def _rows(named: Named, setting: Setting, seconds: float) -> list[Row]:
    """Return a row for each number of callers; the texts are whole, because n-grams read all."""
    name, model = named
    print(f"{name}, cascade {setting} ...", file=sys.stderr, flush=True)
    with warm_server(model, reviews(TEXTS), seconds, SENTIMENT_CASCADE=setting) as server:
        return [
            {
                **server.figures(seconds, callers),
                "concurrency": callers,
                "name": name,
                "model": model.tag,
                "cascade": setting,
            }
            for callers in CALLERS
        ]


def _peer(small: Named, seconds: float) -> Peer:
    """Measure the peer with the encoder of a model, on the same whole texts, which it cuts."""
    print(f"{_PEER.title}, {small.name} ...", file=sys.stderr, flush=True)
    with running(_PEER, small.model.folder) as process:
        server = ServerUnderTest(_PEER, process, reviews(TEXTS))
        server.figures(seconds, max(CALLERS))  # as warm as ours
        return {
            "title": _PEER.title,
            "name": small.name,
            "versions": versions(_PEER, python(_PEER)),
            "rows": [
                {"concurrency": callers, **server.figures(seconds, callers)} for callers in CALLERS
            ],
        }
