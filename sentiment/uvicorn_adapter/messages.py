"""HTTP/1.1 messages that are written without uvicorn: an error, and a head without an offer."""

import json
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from sentiment.errors import SentimentError

Headers = Iterable[tuple[bytes, bytes]]


def error_response(error: SentimentError, default_headers: Headers) -> bytes:
    """Return an answer in the one shape of errors, after which the connection ends."""
    body = json.dumps(error.body(), ensure_ascii=False).encode()
    headers = error.headers() | {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    lines = [name + b": " + value + b"\r\n" for name, value in [*default_headers, *pairs]]
    return b"".join([STATUS_LINE[error.http_status], *lines, b"\r\n", body])


def head_without_upgrade(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """Return the head of a request without its offer to speak another protocol from now on."""
    lines = [method + b" " + url + b" HTTP/" + version.encode() + b"\r\n"]
    for name, value in headers:
        kept = value
        if name == b"connection":
            tokens = [token.strip() for token in value.split(b",")]
            kept = b", ".join(token for token in tokens if token.lower() != b"upgrade")
        if name != b"upgrade":
            lines.append(name + b": " + kept + b"\r\n")
    return b"".join([*lines, b"\r\n"])
