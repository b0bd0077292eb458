"""Callers that ask one request after another, from threads, until a server is gone."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx


class Callers:
    """What became of the requests of some callers."""

    def __init__(self, url: str, keep_alive: bool) -> None:
        self._url = url
        self._keep_alive = keep_alive
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self.lost: Counter[str] = Counter()
        """Requests that were sent and not answered; one that finds no server is none."""

    def ask(self) -> None:
        """Ask until told to stop, or until no connection is taken any more."""
        limits = httpx.Limits(max_keepalive_connections=1 if self._keep_alive else 0)
        with httpx.Client(limits=limits, timeout=60) as client:
            while not self._stop.is_set():
                try:
                    answer = client.post(f"{self._url}/predict", json={"text": "good film"})
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    with self._lock:
                        self.lost[type(error).__name__] += 1
                    return
                with self._lock:
                    self.statuses[answer.status_code] += 1

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def calling(url: str, count: int, keep_alive: bool = True) -> Iterator[Callers]:
    """Let `count` callers ask while the context lasts."""
    callers = Callers(url, keep_alive)
    threads = [threading.Thread(target=callers.ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        callers.stop()
        for thread in threads:
            thread.join(60)
