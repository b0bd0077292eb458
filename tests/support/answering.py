"""Servers that answer every request alike, well or badly, for tests of clients."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sentiment.schema import Prediction

ANSWER = Prediction.of(
    [0.25, 0.75],
    ["negative", "positive"],
    truncated=False,
    tokens=4,
    unknown_tokens=0,
    model="sentiment:1",
)
Answering = Callable[[BaseHTTPRequestHandler], None]


def say(caller: BaseHTTPRequestHandler, content: str, length: int | None = None) -> None:
    """Answer with 200 and `content`, which is said to be `length` bytes long."""
    raw = content.encode()
    caller.send_response(200)
    caller.send_header("Content-Length", str(len(raw) if length is None else length))
    caller.end_headers()
    caller.wfile.write(raw)
    caller.wfile.flush()


def well(caller: BaseHTTPRequestHandler) -> None:
    say(caller, ANSWER.model_dump_json())


def says_nothing(caller: BaseHTTPRequestHandler) -> None:
    caller.rfile.read(1)


@contextmanager
def server(
    answer: Answering, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Run a server that answers by `answer`; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle_error(self, *_: Any) -> None:  # a caller that has left
            pass

    with Server((host, 0), Handler) as running:
        if tls is not None:
            running.socket = tls.wrap_socket(running.socket, server_side=True)
        threading.Thread(target=running.serve_forever, args=(0.05,)).start()
        shown = f"[{host}]" if ":" in host else host
        yield f"{'http' if tls is None else 'https'}://{shown}:{running.server_port}"
        running.shutdown()
