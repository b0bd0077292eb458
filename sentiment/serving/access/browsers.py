"""What browsers are told: which sites may ask, and what a page of ours may do.

CORS is off unless sites are named. A browser obeys these rules, anyone else need not: they
protect the people who browse, not the server.
"""

import base64
import hashlib
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Send

from sentiment.errors import CorsRefused
from sentiment.settings import ServingSettings

# What a script of another site may send, besides what any page may, and read of an answer.
_SENT = ("Authorization", "X-API-Key", "X-Request-ID", "traceparent", "tracestate")
_READ = ("Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate", "X-Request-ID")

POLICY = "Content-Security-Policy"

_HTML = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def with_cors(app: ASGIApp, settings: ServingSettings) -> ASGIApp:
    """Return `app`, which scripts of other sites may ask if the settings name any."""
    if not settings.cors_origins:
        return app
    return _Cors(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=_SENT,
        expose_headers=_READ,
    )


class _Cors(CORSMiddleware):
    """Starlette's, but that a refusal has the one shape of errors."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        refusal = CorsRefused(f"{bytes(response.body).decode()}.", "See SENTIMENT_CORS_ORIGINS.")
        kept = {name: response.headers[name] for name in ("vary",) if name in response.headers}
        return JSONResponse(refusal.body(), refusal.http_status, kept)


def with_html_headers(send: Send) -> Send:
    """Return what sends an answer, and if that is HTML restricts what it may do.

    A page that says itself what it may do keeps its word.
    """

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message["headers"]):
            headers = MutableHeaders(scope=message)
            for name, value in (_HTML | {POLICY: policy()}).items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


def _is_html(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and it.startswith(b"text/html") for name, it in headers)


def policy(script: str = "") -> str:
    """Return a Content-Security-Policy for a page that loads what it needs from this server.

    `script` is the one script inside the page that may run. Styles may stand in elements and
    images in `data:`, as Swagger UI has them.
    """
    scripts = "'self'"
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        scripts += f" 'sha256-{digest}'"
    parts = (
        *("default-src 'none'", f"script-src {scripts}", "connect-src 'self'"),
        *("style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self' data:"),
        *("base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"),
    )
    return "; ".join(parts)
