"""The HTTP contract: requests in, JSON out, one shape for every error.

An ASGI middleware in front of BentoML's own application answers the routes of `routes`,
passes other requests on to BentoML, and replaces BentoML's plain 404 and 405 by errors of
that shape. `bodies` reads request bodies, and `runner` makes micro-batches.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
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
)
from sentiment.serving.access.connections import Connections
from sentiment.serving.bodies import Bodies
from sentiment.serving.model_server import ModelServer
from sentiment.serving.route import Route
from sentiment.serving.routes import ROUTES
from sentiment.uvicorn_adapter.connection import Connection

log = logging.getLogger("sentiment.serving")

T = TypeVar("T")

# Longer than the 60 s for which load balancers such as AWS's and nginx keep an idle connection by
# default, so that they send no request on one that is being closed. uvicorn's default is 5 s.
_KEEP_ALIVE_S = 75


# 307 is how BentoML corrects a slash at the end: by sending callers to the host that they name.
_NO_ROUTE = frozenset({307, 404, 405})


class ApiMiddleware:
    """Answers the routes of the contract; `app` is BentoML's application behind it."""

    def __init__(
        self, app: ASGIApp, model_server: ModelServer, routes: Sequence[Route] = ROUTES
    ) -> None:
        self._behind = app
        self._model_server = model_server
        self._bodies = Bodies(
            model_server.settings, lambda reason: model_server.metrics.refused(reason)
        )
        self._routes: dict[str, dict[str, Route]] = {}
        for route in routes:
            self._routes.setdefault(route.path, {})[route.method] = route
            if route.method == "GET":
                self._routes[route.path]["HEAD"] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a route of the table; pass every other request on.

        Paths have no parameters, so a dictionary serves as the router.
        """
        if scope["type"] != "http":
            await self._behind(scope, receive, send)
            return
        prefix = self._model_server.settings.path_prefix
        if prefix and scope["path"] == prefix:
            # Without the slash, the page's relative addresses would lead out of the prefix.
            await RedirectResponse(f"{prefix}/")(scope, receive, send)
            return
        scope = self._without_prefix(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        methods = self._routes.get(path)
        if methods is None:
            await self._pass_through(scope, receive, send)
            return
        request = Request(scope, receive)
        route = methods.get(request.method)
        if route is None:
            message = f"{request.method} is not answered here."
            response = _error(path, MethodNotAllowed(message, ", ".join(methods)))
        else:
            response = await self._answer(request, route)
        await response(scope, receive, send)

    def _without_prefix(self, scope: Scope) -> Scope:
        """Tell a prefix that the proxy has left in the path from the path of the route."""
        prefix = self._model_server.settings.path_prefix
        if not prefix or not scope["path"].startswith(f"{prefix}/"):
            return scope
        return {**scope, "root_path": prefix}

    async def _answer(self, request: Request, route: Route) -> Response:
        """Return the answer within a deadline; turn each error into a response of the one shape."""
        since = time.perf_counter()
        limit = self._model_server.settings.timeout
        try:
            async with asyncio.timeout(limit + 1):  # the runner's own deadline is a second earlier
                response = await self._call(request, route)
        except SentimentError as error:
            response = _error(route.path, error)
        except TimeoutError:
            message = f"The request was not complete within {limit:g} s."
            response = _error(route.path, DeadlineExceeded(message, "Send it faster."))
        except ClientDisconnect:
            self._model_server.metrics.refused("client_left")
            return Response(status_code=499)  # nginx's code for this; nobody reads it
        except Exception as error:
            # Only the type is logged, because the message may repeat a caller's text.
            log.error("%s: %s", route.path, type(error).__name__)
            response = _error(route.path, SentimentError("The server met a fault of its own."))
        seconds = time.perf_counter() - since
        self._model_server.metrics.answered(route.path, response.status_code, seconds)
        return response

    async def _call(self, request: Request, route: Route) -> Response:
        """Read the body that the route declares, call its handler, and encode what it returns."""
        server = self._model_server
        if route.body is None:
            headers = {name: ",".join(request.headers.getlist(name)) for name in route.headers}
            result = await route.handler(server, **headers)
        else:
            async with self._bodies.fields(request, route.body) as fields:
                result = await _until_disconnect(request, route.handler(server, **fields))
        if isinstance(result, BaseModel):
            return Response(result.model_dump_json(), media_type="application/json")
        return result

    async def _pass_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let BentoML answer, or answer with an error if it has no such route."""
        refused = False

        async def watch(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in _NO_ROUTE:
                refused = True
            if not refused:
                await send(message)

        await self._behind(scope, receive, watch)
        if refused:
            error = RouteNotFound("There is no such route.", "GET /docs lists what there is.")
            await _error(scope["path"], error)(scope, receive, send)


def answer_before_bentoml(model_server: ModelServer) -> Connections | None:
    """Answer the contract's routes before BentoML's own middleware sees a request.

    BentoML's layers for timeout, tracing and proxying cost half a core-millisecond per request
    (docs/benchmarks.md), and these routes need none of them. Other requests still reach them.
    Returns what bounds the connections from now on, or None where the server is not uvicorn.
    """
    server = UvicornServer.running()
    if server is None:
        log.warning("not served by uvicorn: requests pass BentoML's own middleware first")
        return None
    server.wrap_application(lambda app: ApiMiddleware(app, model_server))
    server.keep_idle_connections(_KEEP_ALIVE_S)
    connections = Connections(model_server.settings, model_server.metrics.refused)
    server.make_connections(partial(Connection, connections))
    connections.start()
    return connections


async def _until_disconnect(request: Request, work: Awaitable[T]) -> T:
    """Await `work`, or cancel it and raise `ClientDisconnect` when the caller leaves."""
    answering = cast("asyncio.Task[object]", asyncio.current_task())
    watch = asyncio.ensure_future(_disconnected(request))
    caller_left = finished = False

    def cancel_answering(_: object) -> None:
        nonlocal caller_left
        if not finished:
            caller_left = True
            answering.cancel()

    watch.add_done_callback(cancel_answering)
    try:
        return await work
    except asyncio.CancelledError:
        if caller_left and not answering.uncancel():  # nobody else, such as the deadline, cancelled
            raise ClientDisconnect from None
        raise
    finally:
        finished = True
        watch.cancel()


async def _disconnected(request: Request) -> None:
    """Wait until the caller has left."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _error(path: str, error: SentimentError) -> Response:
    if error.http_status >= 500 and not isinstance(error, NotReady):
        log.warning("%s: %d %s", path, error.http_status, error.code)
    return JSONResponse(error.body(), error.http_status, error.headers())
