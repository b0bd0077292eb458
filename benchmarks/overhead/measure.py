"""Measures each server at the same time as the plain one, on the same cores.

The speed of a machine that others share changes within seconds. Two servers that are asked at
once have the same machine, and share it evenly; a second plain server shows what is left of
chance.
"""

import contextlib
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.machine import machine
from benchmarks.overhead.result import Engine, Result, Row
from benchmarks.overhead.tables import AGAIN, BEFORE, EVERYTHING, PLAIN
from benchmarks.peers.process import serving
from benchmarks.reviews import cut, reviews
from benchmarks.serving.measure import TEXTS
from benchmarks.serving.result import Figures
from benchmarks.serving.server_under_test import ServerUnderTest
from benchmarks.serving.servers import OURS
from sentiment.serving.access.keys import ApiKey, hash_of, new_key
from sentiment.serving.access.keys_file import add_key
from sentiment.store import StoredModel
from sentiment.training.hardware import git_commit

CALLERS = (64, 1)
ENGINES: tuple[Engine, ...] = ("the model's", "none")
_PLENTY = str(10**9)  # a limit that is counted, and never reached

_WITHOUT_ENGINE = replace(
    OURS,
    prepare=("cp", str(Path(__file__).parent / "front.py"), "{work}"),
    start=tuple(word.replace("service:", "front:") for word in OURS.start),
)


def measure(model: StoredModel, turns: int, seconds: float, before: Path | None) -> Result:
    """Measure the plain server, those with more, and one of the code in the folder `before`."""
    texts = cut(model, reviews(TEXTS))
    rows: list[Row] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key = new_key()
        add_key(folder / "keys", ApiKey("benchmark", hash_of(key)))
        keys = {"SENTIMENT_API_KEYS_FILE": str(folder / "keys")}
        limits = {"SENTIMENT_REQUESTS_PER_MINUTE": _PLENTY, "SENTIMENT_TOKENS_PER_MINUTE": _PLENTY}
        traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": stack.enter_context(_collector())}
        settings: dict[str, Mapping[str, str]] = {
            PLAIN: {},
            AGAIN: {},
            "keys": keys,
            "keys and limits": {**keys, **limits},
            EVERYTHING: {**keys, **limits, **traces},
        }
        if before:
            settings[BEFORE] = {"PYTHONPATH": str(before)}
        for engine in ENGINES:
            with _running(engine, settings, model, texts, key) as servers:
                for callers in CALLERS:
                    rows += _rows(engine, servers, callers, turns, seconds)
    return {
        **machine(),
        "model": model.tag,
        "turns": turns,
        "before": git_commit(before) if before else "",
        "rows": rows,
    }


@contextlib.contextmanager
def _running(
    engine: Engine,
    settings: Mapping[str, Mapping[str, str]],
    model: StoredModel,
    texts: Sequence[str],
    key: str,
) -> Iterator[dict[str, ServerUnderTest]]:
    """Run a server with each of the settings, all at the same time."""
    servers: dict[str, ServerUnderTest] = {}
    with contextlib.ExitStack() as stack:
        for name, variables in settings.items():
            print(f"{name}, engine: {engine} ...", file=sys.stderr, flush=True)
            sent = key if "SENTIMENT_API_KEYS_FILE" in variables else ""
            variables = {**variables, "SENTIMENT_MODEL": model.tag, "SENTIMENT_CASCADE": "off"}
            peer = OURS if engine == "the model's" else _WITHOUT_ENGINE
            peer = replace(peer, name=name.replace(" ", "-"), variables=variables)
            server = stack.enter_context(serving(peer, Path(sys.executable), model.folder))
            servers[name] = ServerUnderTest(peer, server, texts, sent)
        yield servers


def _rows(
    engine: Engine,
    servers: Mapping[str, ServerUnderTest],
    callers: int,
    turns: int,
    seconds: float,
) -> Iterator[Row]:
    """Measure each server beside the plain one, once a turn."""
    others = [name for name in servers if name != PLAIN]
    found: dict[str, list[tuple[Figures, Figures]]] = {name: [] for name in others}
    with ThreadPoolExecutor(2) as both:
        for turn in range(turns):
            print(f"  {callers} callers, turn {turn + 1} ...", file=sys.stderr, flush=True)
            for name in others:
                pair = [servers[PLAIN], servers[name]]
                plain, other = both.map(lambda each: each.figures(seconds, callers), pair)
                found[name].append((plain, other))
    for name in others:
        yield _row(name, engine, callers, found[name])


def _row(name: str, engine: Engine, callers: int, pairs: Sequence[tuple[Figures, Figures]]) -> Row:
    rates = [other["per_s"] / plain["per_s"] for plain, other in pairs]
    costs = [other["core_ms"] / plain["core_ms"] for plain, other in pairs]
    wrong = (count for pair in pairs for each in pair for count in each["others"].values())
    return {
        "name": name,
        "engine": engine,
        "concurrency": callers,
        "core_ms": median(other["core_ms"] for _, other in pairs),
        "rate": median(rates),
        "rate_quartiles": _quartiles(rates),
        "cpu": median(costs),
        "cpu_quartiles": _quartiles(costs),
        "others": sum(wrong),
    }


def _quartiles(ratios: Sequence[float]) -> list[float]:
    return [float(each) for each in np.quantile(ratios, (0.25, 0.75))]


@contextlib.contextmanager
def _collector() -> Iterator[str]:
    """Run a receiver of traces that throws them away; yield its address."""

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
