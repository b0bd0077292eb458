"""Measures servers that run at the same time, in turns, so that drift hits all alike."""

import contextlib
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.machine import machine
from benchmarks.overhead.result import Result, Row
from benchmarks.overhead.tables import BEFORE, EVERYTHING, PLAIN
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
_PLENTY = str(10**9)  # a limit that is counted, and never reached


def measure(model: StoredModel, turns: int, seconds: float, before: Path | None) -> Result:
    """Measure the plain server, those with more, and one of the code in the folder `before`."""
    texts = cut(model, reviews(TEXTS))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key = new_key()
        add_key(folder / "keys", ApiKey("benchmark", hash_of(key)))
        keys = {"SENTIMENT_API_KEYS_FILE": str(folder / "keys")}
        limits = {"SENTIMENT_REQUESTS_PER_MINUTE": _PLENTY, "SENTIMENT_TOKENS_PER_MINUTE": _PLENTY}
        traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": stack.enter_context(_collector())}
        settings: dict[str, Mapping[str, str]] = {
            PLAIN: {},
            "keys": keys,
            "keys and limits": {**keys, **limits},
            EVERYTHING: {**keys, **limits, **traces},
        }
        if before:
            settings[BEFORE] = {"PYTHONPATH": str(before)}
        servers: dict[str, ServerUnderTest] = {}
        for name, variables in settings.items():
            print(f"{name} ...", file=sys.stderr, flush=True)
            variables = {**variables, "SENTIMENT_MODEL": model.tag, "SENTIMENT_CASCADE": "off"}
            peer = replace(OURS, name=name.replace(" ", "-"), variables=variables)
            server = stack.enter_context(serving(peer, Path(sys.executable), model.folder))
            sent = key if keys.keys() <= variables.keys() else ""
            servers[name] = ServerUnderTest(peer, server, texts, sent)
        rows = [row for callers in CALLERS for row in _rows(servers, callers, turns, seconds)]
    return {
        **machine(),
        "model": model.tag,
        "turns": turns,
        "before": git_commit(before) if before else "",
        "rows": rows,
    }


def _rows(
    servers: Mapping[str, ServerUnderTest], callers: int, turns: int, seconds: float
) -> Iterator[Row]:
    """Measure all servers once a turn, in the other order every second turn."""
    found: list[dict[str, Figures]] = []
    for turn in range(turns):
        print(f"  {callers} callers, turn {turn + 1} ...", file=sys.stderr, flush=True)
        order = list(servers)[:: -1 if turn % 2 else 1]
        found.append({name: servers[name].figures(seconds, callers) for name in order})
    for name in servers:
        ratios = [turn[name]["per_s"] / turn[PLAIN]["per_s"] for turn in found]
        costs = [turn[name]["core_ms"] / turn[PLAIN]["core_ms"] for turn in found]
        yield {
            "name": name,
            "concurrency": callers,
            "per_s": median(turn[name]["per_s"] for turn in found),
            "p50_ms": median(turn[name]["p50_ms"] for turn in found),
            "core_ms": median(turn[name]["core_ms"] for turn in found),
            "ratio": median(ratios),
            "spread": [float(each) for each in np.quantile(ratios, (0.25, 0.75))],
            "cpu_ratio": median(costs),
            "others": sum(sum(turn[name]["others"].values()) for turn in found),
        }


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
