"""Servers for tests: a real `bentoml serve`, and our HTTP layer with a fake engine."""

import contextlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import prometheus_client
import uvicorn
from starlette.applications import Starlette

from sentiment.bentoml_adapter import UvicornServer
from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.access.connections import BOUNDS, Connections
from sentiment.serving.access.door import Door
from sentiment.serving.http import ApiMiddleware
from sentiment.serving.metrics import Metrics
from sentiment.serving.model_server import LoadedModel, ModelServer
from sentiment.serving.telemetry.tracing import Tracing
from sentiment.settings import ServingSettings
from sentiment.uvicorn_adapter.bounds import Bounds
from sentiment.uvicorn_adapter.connection import Connection
from tests.support.cards import make_card
from tests.support.processes import environment

START_S = 90  # the first import of torch on a busy machine takes long


@dataclass
class Server:
    """A running server: where it answers, and what it has printed."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    trusts: ssl.SSLContext | None = None
    """What its callers trust, if it speaks TLS."""

    def client(self, **options: Any) -> httpx.Client:
        trusts = self.trusts or True
        return httpx.Client(base_url=self.url, timeout=60, **{"verify": trusts} | options)

    def stop(self) -> int:
        """Send SIGTERM to the one process that was started, if it runs; return its exit code."""
        self.process.send_signal(signal.SIGTERM)  # does nothing once it has ended
        return self.process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(
    folder: Path,
    target: str = "service:Sentiment",
    log_folder: Path | None = None,
    probe: str = "/readyz",
    port: int | None = None,
    options: Sequence[str] = (),
    trusts: ssl.SSLContext | None = None,
    **settings: str,
) -> Iterator[Server]:
    """Start `bentoml serve TARGET OPTIONS` in a folder; yield it once `probe` answers; stop it.

    It has to speak TLS if a caller `trusts` something.
    """
    with contextlib.ExitStack() as started:
        for _ in range(3):  # another test's BentoML may take the free port first
            command = [target, *options]
            server = _start(folder, command, log_folder or folder, settings, port or free_port())
            if trusts is not None:
                server = replace(server, url=server.url.replace("http:", "https:"), trusts=trusts)
            started.callback(server.stop)
            if _answers_or_ends(server, probe) or "already in use" not in server.log.read_text():
                break
        assert server.process.poll() is None, server.log.read_text()
        yield server


def _start(
    folder: Path, target: list[str], log_folder: Path, settings: dict[str, str], port: int
) -> Server:
    log = log_folder / f"serve-{port}.log"
    command = [sys.executable, "-m", "bentoml", "serve", *target]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=environment(**settings),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Server(f"http://127.0.0.1:{port}", process, log)


def _answers_or_ends(server: Server, probe: str) -> bool:
    """Wait until a server answers or has ended; return whether it is running."""
    ended = server.process.poll
    trusts = server.trusts
    wait_until(lambda: answers(server.url + probe, trusts) or ended() is not None, START_S)
    return ended() is None


def answers(url: str, trusts: ssl.SSLContext | None = None) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, timeout=5, verify=trusts or True).status_code == 200
    return False


def texts_accepted(url: str) -> float:
    """Return how many texts a server has accepted into its queue since it started."""
    exposition = httpx.get(f"{url}/metrics").text.splitlines()
    (waited,) = [line for line in exposition if line.startswith("sentiment_queue_seconds_count")]
    (queued,) = [line for line in exposition if line.startswith("sentiment_queue_texts")]
    return float(waited.split()[-1]) + float(queued.split()[-1])


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Poll until a condition holds; fail when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.05)


@contextlib.contextmanager
def contract_server(
    tokenizer_folder: Path,
    engine: FakeEngine | None = None,
    load: Callable[[], LoadedModel] | None = None,
    bounds: Bounds = BOUNDS,
    tracing: Tracing | None = None,
    idle_s: int = 5,
    **settings: Any,
) -> Iterator[tuple[str, ModelServer]]:
    """Run our HTTP layer with a fake engine on uvicorn, in a thread; yield URL and model server.

    A connection without a request is closed after `idle_s` seconds.
    """
    tokenizer = Tokenizer(tokenizer_folder, max_length=64)
    loaded = LoadedModel("sentiment:fake", make_card(), tokenizer, engine or FakeEngine())
    model_server = ModelServer(ServingSettings.parse(settings), load or (lambda: loaded))
    door = Door(model_server.settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> Any:
        model_server.start(Metrics(prometheus_client.CollectorRegistry()))
        if load is None:
            await model_server.started()
        connections.start()
        door.start()
        yield
        connections.stop()
        await model_server.close()
        await door.stop()

    port = free_port()
    app = ApiMiddleware(Starlette(lifespan=lifespan), model_server, door, tracing=tracing)
    # As in production, where uvicorn's own middleware for proxies is behind ours.
    config = uvicorn.Config(
        app,
        "127.0.0.1",
        port,
        log_level="warning",
        proxy_headers=False,
        timeout_keep_alive=idle_s,
    )
    server = uvicorn.Server(config)
    connections = Connections(
        model_server.settings, lambda code: model_server.metrics.refused(code), bounds
    )
    UvicornServer(server).make_connections(partial(Connection, connections))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, 20)
        yield f"http://127.0.0.1:{port}", model_server
    finally:
        server.should_exit = True
        thread.join(30)
