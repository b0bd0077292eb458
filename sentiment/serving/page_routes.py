"""The routes of the page at `/`: the files of `page/`, as they are.

The page knows the public API alone, and this module knows nothing of what the files do.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

from starlette.responses import Response

from sentiment.serving.model_server import ModelServer
from sentiment.serving.route import Handler, Route, TextReply

FOLDER = Path(__file__).parent / "page"
HOME = "index.html"

FILES = {
    **dict.fromkeys(("theme.css", "layout.css", "parts.css"), "text/css; charset=utf-8"),
    **dict.fromkeys(
        (
            *("api.js", "charts.js", "csv.js", "dom.js", "examples.js", "feedback.js"),
            *("file_view.js", "format.js", "key_dialog.js", "main.js", "model_charts.js"),
            *("model_view.js", "prediction.js", "problem.js", "reader.js", "rows.js"),
            *("run_view.js", "scorer.js", "server.js", "spans.js", "table.js", "theme.js"),
        ),
        "text/javascript; charset=utf-8",
    ),
    "inter.woff2": "font/woff2",
    "inter-LICENSE.txt": "text/plain; charset=utf-8",
}
"""Media types of the files that `index.html` and others of these name."""

# Nothing inline and nothing from elsewhere; `connect-src` keeps what is typed on this server.
# Who may frame the page is left open, because a Space shows it in a frame; there is nothing to
# be tricked into clicking, since no cookie gives any right.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",  # no string ever becomes HTML or a script
    )
)

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # asked for again, and answered with 304 while it is the same
}


def _sends(name: str, media_type: str) -> Handler:
    """Return the handler that sends a file, or 304 to a browser that has it."""

    async def page(server: ModelServer, **headers: str) -> Response:
        content = await server.built_once(f"page/{name}", (FOLDER / name).read_bytes)
        tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
        own = _HEADERS | {"ETag": tag}
        if tag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=own)
        return Response(content, headers=own | {"Content-Type": media_type})

    return page


def _route(path: str, name: str, media_type: str) -> Route:
    return Route(
        "GET",
        path,
        _sends(name, media_type),
        summary="A file of the page at /",
        role="anyone",
        headers=("if-none-match",),
        reply=TextReply(media_type.partition(";")[0], ""),
        reply_summary="The file",
        published=False,
    )


PAGE_ROUTES: tuple[Route, ...] = (
    replace(
        _route("/", HOME, "text/html; charset=utf-8"),
        summary="A page to try the model on",
        reply=TextReply("text/html", "<!doctype html>…"),
        reply_summary="The page",
        published=True,  # the same path is POSTed to
    ),
    *(_route(f"/page/{name}", name, media_type) for name, media_type in FILES.items()),
)
