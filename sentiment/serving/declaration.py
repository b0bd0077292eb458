"""The routes as BentoML's APIs, for its own client, its schema and the Bento.

Requests to these routes are answered before BentoML sees them; the methods declared
here are called only where this service runs as a part of another.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import bentoml
from pydantic import BaseModel
from starlette.responses import Response

from sentiment.serving.model_server import ModelServer
from sentiment.serving.route import Route

T = TypeVar("T", bound=type)


def declare(routes: Sequence[Route], model_server: ModelServer) -> Callable[[T], T]:
    """Return a class decorator that adds a BentoML API for each route that has a body."""

    def add(service: T) -> T:
        for route in routes:
            if route.body is not None:
                setattr(service, route.name, _api(route, model_server))
        return service

    return add


def _api(route: Route, model_server: ModelServer) -> Any:
    async def call(self: Any, **fields: Any) -> BaseModel | Response:  # noqa: ARG001 -- BentoML's
        return await route.handler(model_server, **fields)

    call.__name__, call.__doc__ = route.name, route.summary
    return bentoml.api(route=route.path, input_spec=route.body, output_spec=route.reply)(call)
