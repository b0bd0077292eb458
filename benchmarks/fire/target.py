"""The server under attack: where it answers, the memory of its worker, others like it."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.peers.process import Server
from benchmarks.serving.servers import OURS, running
from sentiment.store import StoredModel

MEMORY_MB = 700.0
"""Resident memory that a worker never exceeds, whatever it is sent."""

_EVERY_S = 0.02


@dataclass
class Peak:
    """The most memory that was seen."""

    mb: float = 0.0


@dataclass
class Target:
    """A running server."""

    server: Server
    model: StoredModel
    answer: dict[str, object] = field(default_factory=dict)
    """What it answered to `TEXT` when nothing else was asked of it."""
    key: str = ""
    """The API key with which it is asked, empty where it needs none."""

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 80

    def worker(self) -> psutil.Process:
        """Return the process that answers; raise `psutil.NoSuchProcess` between two of them."""
        for child in self.server.process.children():
            if child.status() != psutil.STATUS_ZOMBIE:
                return child
        raise psutil.NoSuchProcess(0)

    def memory_mb(self) -> float:
        """Return the resident memory of the worker, 0 between two workers."""
        try:
            return float(self.worker().memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            return 0.0

    def client(self, timeout: float = 60) -> httpx.Client:
        """Return a client that trusts no proxy settings."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(base_url=self.url, timeout=timeout, trust_env=False, headers=headers)

    def log(self) -> str:
        """Return what it has printed so far."""
        return (Path(self.server.process.cwd()) / "server.log").read_text(errors="replace")

    def status(self, path: str = "/livez") -> int:
        """Return the status of a GET, 0 if there was no answer within 5 s."""
        try:
            with self.client(5) as client:
                return client.get(path).status_code
        except httpx.HTTPError:
            return 0

    def seconds_until_ready(self, limit: float) -> float:
        """Return the seconds until it is ready, infinity if that took longer than `limit`."""
        since = time.monotonic()
        while time.monotonic() - since < limit:
            if self.status("/readyz") == 200:
                return time.monotonic() - since
            time.sleep(0.05)
        return float("inf")

    def answers_as_before(self) -> bool:
        """Whether it answers `TEXT` within a minute, as it did when it was idle."""
        try:
            with self.client() as client:
                reply = client.post("/predict", json={"text": TEXT})
        except httpx.HTTPError:
            return False
        return reply.status_code == 200 and reply.json()["label"] == self.answer["label"]

    @contextlib.contextmanager
    def watched(self) -> Iterator[Peak]:
        """Watch the worker's memory while the context lasts."""
        peak, over = Peak(), threading.Event()

        def watch() -> None:
            while not over.wait(_EVERY_S):
                peak.mb = max(peak.mb, self.memory_mb())

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield peak
        finally:
            over.set()
            thread.join()

    def another(
        self, key: str = "", **variables: str
    ) -> contextlib.AbstractContextManager["Target"]:
        """Serve the same model once more, with these variables in its environment."""
        return target(self.model, key, **variables)


TEXT = "A waste of two hours, and not even a funny one."


@contextlib.contextmanager
def target(model: StoredModel, key: str = "", **variables: str) -> Iterator[Target]:
    """Start a server with a model, yield it when it is ready and has answered, stop it."""
    peer = replace(OURS, variables={"SENTIMENT_MODEL": model.tag, **variables})
    with running(peer, model.folder) as server:
        found = Target(server, model, key=key)
        with found.client() as client:
            found.answer = client.post("/predict", json={"text": TEXT}).json()
        yield found
