"""A gateway before a real server, that answers some requests with an error of the server's kind."""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

Fails = Callable[[str, str], bool]
"""From a method and a path with its query to whether that request fails."""


class FailingGateway:
    """Passes requests on as they are, signatures included, except for those that are to fail."""

    def __init__(self, url: str) -> None:
        self.fails: Fails = lambda _method, _path: False
        self.requests: list[tuple[str, str]] = []
        """Method and path of each that came."""
        gateway, server = self, urlsplit(url).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                gateway.requests.append((self.command, self.path))
                if gateway.fails(self.command, self.path):
                    self._send(503, {}, b"<Error><Code>InternalError</Code></Error>")
                    return
                upstream = http.client.HTTPConnection(server, timeout=30)
                upstream.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    upstream.putheader(name, value)
                upstream.endheaders(body)
                reply = upstream.getresponse()
                self._send(reply.status, dict(reply.getheaders()), reply.read())
                upstream.close()

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                length = {"Content-Length": str(len(body))} if self.command != "HEAD" else {}
                for name, value in (headers | length).items():
                    if name.lower() not in ("transfer-encoding", "connection"):
                        self.send_header(name, value)
                if self.command == "HEAD" and "Content-Length" not in headers:
                    self.send_header("Content-Length", "0")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
