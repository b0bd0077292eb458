"""HTTP, as the contract has it: routes in, JSON out, one shape for every error.

An ASGI middleware in front of BentoML's own application: the contract's routes
are answered here, whatever else BentoML offers passes through, and its plain
404 and 405 take our shape. It checks bodies; batching is the runner's.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from pydantic import BaseModel
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentiment.errors import (
    BadRequest,
    BodyTooLarge,
    DeadlineExceeded,
    InvalidValue,
    MethodNotAllowed,
    NotReady,
    RouteNotFound,
    SentimentError,
    UnsupportedMediaType,
)
from sentiment.serving.model_server import ModelServer
from sentiment.serving.openapi import DOCS_PAGE, document
from sentiment.serving.shutdown import running_uvicorn

log = logging.getLogger("sentiment.serving")

T = TypeVar("T")

Handler = Callable[[Request], Awaitable[Response]]

# Longer than load balancers keep theirs (60 s), so that none sends a request into a connection
# that is being closed; uvicorn's own 5 s are shorter than any.
_KEEP_ALIVE_S = 75


class ApiMiddleware:
    """The middleware; `app` is BentoML's application behind it."""

    def __init__(self, app: ASGIApp, model_server: ModelServer) -> None:
        self._model_server = model_server
        self._behind = app
        self._routes: dict[str, tuple[str, Handler]] = {
            "/predict": ("POST", self.predict),
            "/predict/batch": ("POST", self.predict_batch),
            "/model": ("GET", self.model),
            "/livez": ("GET", self.livez),
            "/readyz": ("GET", self.readyz),
            "/metrics": ("GET", self.metrics),
            "/docs": ("GET", self.docs),
            "/openapi.json": ("GET", self.openapi),
            "/docs.json": ("GET", self.openapi),
            "/": ("GET", self.home),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the contract's routes; pass on everything else. No router: paths are fixed."""
        if scope["type"] != "http":
            await self._behind(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in self._routes:
            await self._pass_through(scope, receive, send)
            return
        method, handler = self._routes[path]
        request = Request(scope, receive)
        if request.method == method or (request.method, method) == ("HEAD", "GET"):
            response = await self._answer(request, path, handler)
        else:
            allowed = "GET, HEAD" if method == "GET" else method
            words = f"{request.method} is not answered here."
            response = _error(path, MethodNotAllowed(words, allowed))
        await response(scope, receive, send)

    async def predict(self, request: Request) -> Response:
        text = await _read(request, "text", object, self._model_server.settings.max_body_bytes)
        return _json(await _unless_gone(request, self._model_server.predict(text)))

    async def predict_batch(self, request: Request) -> Response:
        texts = await _read(request, "texts", list, self._model_server.settings.max_body_bytes)
        return _json(await _unless_gone(request, self._model_server.predict_batch(texts)))

    async def model(self, _: Request) -> Response:
        return _json(self._model_server.describe())

    async def livez(self, _: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(self, _: Request) -> Response:
        self._model_server.require_ready()
        return JSONResponse({"status": "ready"})

    async def metrics(self, _: Request) -> Response:
        content, media_type = await asyncio.to_thread(self._model_server.metrics.exposition)
        return Response(content, media_type=media_type)

    async def docs(self, _: Request) -> Response:
        return HTMLResponse(DOCS_PAGE)

    async def home(self, _: Request) -> Response:
        return RedirectResponse("docs")

    async def openapi(self, _: Request) -> Response:
        return JSONResponse(document(self._model_server.settings))

    async def _answer(self, request: Request, path: str, handler: Handler) -> Response:
        """Return the answer: within a deadline, errors in our shape, one log line a failure."""
        since = time.perf_counter()
        limit = self._model_server.settings.timeout
        try:
            async with asyncio.timeout(limit + 1):  # the runner's own deadline comes first
                response = await handler(request)
        except SentimentError as error:
            response = _error(path, error)
        except TimeoutError:
            words = f"The request was not complete within {limit:g} s."
            response = _error(path, DeadlineExceeded(words, "Send it faster."))
        except ClientDisconnect:
            self._model_server.metrics.refused("client_left")
            return Response(status_code=499)  # nobody reads it
        except Exception as error:
            # The type alone: an error's words may repeat a caller's text.
            log.error("%s: %s", path, type(error).__name__)
            response = _error(path, SentimentError("The server met a fault of its own."))
        seconds = time.perf_counter() - since
        self._model_server.metrics.answered(path, response.status_code, seconds)
        return response

    async def _pass_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let BentoML answer, unless it has no such route."""
        refused = False

        async def watch(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in (404, 405):
                refused = True
            if not refused:
                await send(message)

        await self._behind(scope, receive, watch)
        if refused:
            error = RouteNotFound("There is no such route.", "GET /docs lists what there is.")
            await _error(scope["path"], error)(scope, receive, send)


def answer_first(model_server: ModelServer) -> None:
    """Answer the contract's routes before BentoML's own middleware sees a request.

    Its timeout, tracing and proxying layers cost half a core-millisecond a
    request, and guard nothing here. Whatever else is asked passes on to them.
    """
    server = running_uvicorn()
    if server is not None:
        server.config.loaded_app = ApiMiddleware(server.config.loaded_app, model_server)
        server.config.timeout_keep_alive = _KEEP_ALIVE_S


async def _read(request: Request, field: str, kind: type[T], limit: int) -> T:
    """Return the body's one field, having read no more than `limit` bytes of it."""
    _check_media_type(request.headers.get("content-type", ""))
    too_large = BodyTooLarge(
        f"The body has more than {limit:,} bytes.",
        "Send fewer or shorter texts, or raise SENTIMENT_MAX_BODY_BYTES.",
    )
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return _parse(bytes(body), field, kind)


def _check_media_type(declared: str) -> None:
    kind, _, parameters = declared.partition(";")
    charset = parameters.partition("charset=")[2].strip(' "').lower()
    if kind.strip().lower() != "application/json" or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType(
            f"The body is declared as {declared[:100] or 'nothing'!r}.",
            "Send UTF-8 with Content-Type: application/json.",
        )


def _parse(body: bytes, field: str, kind: type[T]) -> T:
    """Return the value of `field`, the only one there may be; the model server checks each text.

    Fields that do not belong are counted, not named: there may be hundreds of
    thousands, and their names are a caller's own words.
    """
    try:
        given = from_json(body)
    except ValueError:
        words = "The body is not valid JSON."
        raise BadRequest(words, f'Send {{"{field}": …}}.') from None
    details: list[dict[str, str]] = []
    if not isinstance(given, dict):
        details.append({"field": "", "problem": "It must be an object."})
    elif field not in given:
        details.append({"field": field, "problem": "It is missing."})
    elif not isinstance(given[field], kind):
        details.append({"field": field, "problem": f"It must be a {kind.__name__}."})
    if isinstance(given, dict) and (unknown := len(given) - (field in given)):
        details.append({"field": "(unknown field)", "problem": f"{unknown:,} in all."})
    if details:
        raise InvalidValue(
            "The body does not have the right fields.",
            f"Send an object with {field} and nothing else.",
            details,
        )
    value: T = given[field]
    return value


async def _unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Await `work`, or cancel it and raise `ClientDisconnect` when the caller leaves."""
    answering = cast("asyncio.Task[object]", asyncio.current_task())
    watch = asyncio.ensure_future(_gone(request))
    gone = over = False

    def leave(_: object) -> None:
        nonlocal gone
        if not over:
            gone = True
            answering.cancel()

    watch.add_done_callback(leave)
    try:
        return await work
    except asyncio.CancelledError:
        if gone and not answering.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        over = True
        watch.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _json(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), media_type="application/json")


def _error(path: str, error: SentimentError) -> Response:
    if error.http_status >= 500 and not isinstance(error, NotReady):
        log.warning("%s: %d %s", path, error.http_status, error.code)
    return JSONResponse(error.body(), error.http_status, error.headers())
