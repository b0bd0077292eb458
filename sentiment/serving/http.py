"""The HTTP contract: requests in, JSON out, one shape for every error.

An ASGI middleware in front of BentoML's own application answers the routes of `routes`,
passes other requests on to BentoML, and replaces BentoML's plain 404 and 405 by errors of
that shape. `bodies` reads request bodies, and `runner` makes micro-batches.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import TypeVar, cast

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentiment.bentoml_adapter import UvicornServer
from sentiment.errors import (
    DeadlineExceeded,
    MethodNotAllowed,
    NotReady,
    RouteNotFound,
    SentimentError,
    TurnedAway,
)
from sentiment.serving.access.browsers import with_cors, with_html_headers
from sentiment.serving.access.caller import set_caller
from sentiment.serving.access.connections import PROBES, Connections
from sentiment.serving.access.door import Door
from sentiment.serving.access.roles import Role
from sentiment.serving.bodies import Bodies
from sentiment.serving.model_server import ModelServer
from sentiment.serving.route import ErrorShape, Route
from sentiment.serving.route_table import Methods, RouteTable
from sentiment.serving.routes import ROUTES
from sentiment.serving.telemetry.context import REQUEST_ID, RequestContext
from sentiment.serving.telemetry.tracing import Tracing
from sentiment.uvicorn_adapter.connection import Connection
from sentiment.uvicorn_adapter.departure import DEPARTURE, Departure

log = logging.getLogger("sentiment.serving")

T = TypeVar("T")

# Longer than the 60 s for which load balancers such as AWS's and nginx keep an idle connection by
# default, so that they send no request on one that is being closed. uvicorn's default is 5 s.
_KEEP_ALIVE_S = 75


# 307 is how BentoML corrects a slash at the end: by sending callers to the host that they name.
_NO_ROUTE = frozenset({307, 404, 405})

# Files of BentoML's that the page of the documentation needs, which is for anyone.
_OPEN_BEHIND = "/static_content/"

_BEHIND = "a route of BentoML's"  # in the log, which has no path that a caller has made up

_ADMITTED = "sentiment.admitted"  # in the scope of a request that has passed the door


class ApiMiddleware:
    """Answers the routes of the contract; `app` is BentoML's application behind it."""

    def __init__(
        self,
        app: ASGIApp,
        model_server: ModelServer,
        door: Door,
        routes: Sequence[Route] = ROUTES,
        tracing: Tracing | None = None,
    ) -> None:
        self._behind = app
        self._model_server = model_server
        self._door = door
        self._tracing = tracing
        self._entrance = with_cors(self._dispatch, model_server.settings)
        self._bodies = Bodies(
            model_server.settings, lambda reason: model_server.metrics.refused(reason)
        )
        self._routes = RouteTable(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a route of the table; pass every other request on."""
        if scope["type"] == "http":
            await self._entrance(scope, receive, with_html_headers(send))
        else:
            await self._behind(scope, receive, send)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the route, and answer or refuse the request as it says."""
        prefix = self._model_server.settings.path_prefix
        if prefix and scope["path"] == prefix and scope["method"] in ("GET", "HEAD"):
            # Without the slash, the page's relative addresses would lead out of the prefix.
            await RedirectResponse(f"{prefix}/")(scope, receive, send)
            return
        scope = self._without_prefix(scope)
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        methods, parameters = self._routes.find(path)
        if not methods:
            await self._pass_through(scope, receive, send)
            return
        request = Request(scope, receive)
        route = methods.get(request.method)
        if route is None:
            response = await self._not_allowed(request, methods)
        else:
            response = await self._observed(request, route, parameters)
        await response(scope, receive, send)

    async def _not_allowed(self, request: Request, methods: Methods) -> Response:
        """Return what a path answers to another method, if its caller may ask it anything."""
        route = next(iter(methods.values()))
        error: SentimentError = MethodNotAllowed(
            f"{request.method} is not answered here.", ", ".join(methods)
        )
        try:
            asked = f"another method of {route.path}"
            await self._door.admit(request.scope, route.role, asked, probe=route.path in PROBES)
        except TurnedAway as turned_away:
            error = turned_away
        return self._refusal(route.path, error, route.errors_as)

    def _without_prefix(self, scope: Scope) -> Scope:
        """Tell a prefix that the proxy has left in the path from the path of the route."""
        prefix = self._model_server.settings.path_prefix
        # Clients POST to the very address that they were given, which has no slash at its end.
        posted_there = scope["path"] == prefix and scope["method"] == "POST"
        if not prefix or not (posted_there or scope["path"].startswith(f"{prefix}/")):
            return scope
        return {**scope, "root_path": prefix}

    async def _observed(
        self, request: Request, route: Route, parameters: Mapping[str, str]
    ) -> Response:
        """Return the answer, its log lines with ids, and if predictions are traced in a span."""
        context = RequestContext.of(request.headers.get(REQUEST_ID))
        with context:
            if self._tracing is None or route.body is None:
                response = await self._answer(request, route, parameters)
            else:
                with self._tracing.span(request, route.path, context) as answered:
                    response = await self._answer(request, route, parameters)
                    answered(response.status_code)
        response.raw_headers.append((REQUEST_ID.encode(), context.request_id.encode()))
        return response

    async def _answer(
        self, request: Request, route: Route, parameters: Mapping[str, str]
    ) -> Response:
        """Return the answer within a deadline; turn each error into a response of its shape."""
        since = time.perf_counter()
        limit = self._model_server.settings.timeout
        caller = None
        try:
            async with asyncio.timeout(limit + 1):  # the runner's own deadline is a second earlier
                caller = await self._door.admit(
                    request.scope,
                    route.role,
                    f"{route.method} {route.path}",
                    probe=route.path in PROBES,
                )
                set_caller(caller)
                response = await self._call(request, route, parameters)
        except SentimentError as error:
            response = self._refusal(route.path, error, route.errors_as)
        except TimeoutError:
            message = f"The request was not complete within {limit:g} s."
            late = DeadlineExceeded(message, "Send it faster.")
            response = _error(route.path, late, route.errors_as)
        except ClientDisconnect:
            self._model_server.metrics.refused("client_left")
            return Response(status_code=499)  # nginx's code for this; nobody reads it
        except Exception as error:
            # Only the type is logged, because the message may repeat a caller's text.
            log.error("%s: %s", route.path, type(error).__name__)
            fault = SentimentError("The server met a fault of its own.")
            response = _error(route.path, fault, route.errors_as)
        if caller is not None:
            for name, value in caller.fields().items():
                response.headers.setdefault(name, value)
        seconds = time.perf_counter() - since
        self._model_server.metrics.answered(route.path, response.status_code, seconds)
        return response

    async def _call(
        self, request: Request, route: Route, parameters: Mapping[str, str]
    ) -> Response:
        """Read the body that the route declares, call its handler, and encode what it returns."""
        server = self._model_server
        if route.body is None:
            headers = {name: ",".join(request.headers.getlist(name)) for name in route.headers}
            result = await route.handler(server, **parameters, **headers)
        else:
            async with self._bodies.fields(request, route, route.body) as fields:
                work = route.handler(server, **parameters, **fields)
                result = await _until_caller_leaves(request, work)
        if isinstance(result, BaseModel):
            content = result.model_dump_json()
            return Response(content, route.status, media_type="application/json")
        return result

    def _refusal(self, path: str, error: SentimentError, shape: ErrorShape) -> Response:
        if isinstance(error, TurnedAway):
            self._model_server.metrics.refused(error.code)
        return _error(path, error, shape)

    async def _pass_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let BentoML answer, or answer with an error if it has no such route."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        shape = self._routes.errors_below(path)
        if _ADMITTED not in scope:  # this class stands before BentoML's middleware and behind it
            scope = {**scope, _ADMITTED: True}
            try:
                set_caller(await self._door.admit(scope, _role_behind(path), _BEHIND))
            except TurnedAway as turned_away:
                await self._refusal(_BEHIND, turned_away, shape)(scope, receive, send)
                return
        refused = "\n" in path  # which BentoML's router takes for the end of a route of ours

        async def watch(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in _NO_ROUTE:
                refused = True
            if not refused:
                await send(message)

        if not refused:
            await self._behind(scope, receive, watch)
        if refused:
            error = RouteNotFound("There is no such route.", "GET /docs lists what there is.")
            await _error(path, error, shape)(scope, receive, send)


def answer_before_bentoml(
    model_server: ModelServer, door: Door, tracing: Tracing | None = None
) -> Connections | None:
    """Answer the contract's routes before BentoML's own middleware sees a request.

    BentoML's layers for timeout, tracing and proxying cost half a core-millisecond per request
    (docs/benchmarks.md), and these routes need none of them. Other requests still reach them.
    Returns what bounds the connections from now on, or None where the server is not uvicorn.
    """
    server = UvicornServer.running()
    if server is None:
        log.warning("not served by uvicorn: requests pass BentoML's own middleware first")
        return None
    server.wrap_application(lambda app: ApiMiddleware(app, model_server, door, tracing=tracing))
    server.keep_idle_connections(_KEEP_ALIVE_S)
    connections = Connections(model_server.settings, model_server.metrics.refused)
    server.make_connections(partial(Connection, connections))
    connections.start()
    return connections


def _role_behind(path: str) -> Role:
    """Return whom a route is for that BentoML answers and the table does not have."""
    return "anyone" if path.startswith(_OPEN_BEHIND) and ".." not in path else "predict"


async def _until_caller_leaves(request: Request, work: Awaitable[T]) -> T:
    """Await `work`, or cancel it and raise `ClientDisconnect` when the caller leaves."""
    departure: Departure | None = request.scope.get(DEPARTURE)
    if departure is None:  # a server that does not tell
        return await work
    answering = cast("asyncio.Task[object]", asyncio.current_task())
    departure.tell(answering.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        # Unless somebody else, such as the deadline, has cancelled as well.
        if departure.happened and not answering.uncancel():
            raise ClientDisconnect from None
        raise
    finally:
        departure.tell(None)


def _error(path: str, error: SentimentError, shape: ErrorShape) -> Response:
    if error.http_status >= 500 and not isinstance(error, NotReady):
        log.warning("%s: %d %s", path, error.http_status, error.code)
    return JSONResponse(shape.of(error), error.http_status, error.headers())
