"""The routes as BentoML's APIs, for its own client, its schema and the Bento.

Requests to these routes are answered before BentoML sees them; the methods declared
here are called only where this service runs as a part of another.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import bentoml
from pydantic import BaseModel, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from starlette.responses import Response

from sentiment.serving.model_server import ModelServer
from sentiment.serving.route import Route, TextReply

T = TypeVar("T", bound=type)


def declare(routes: Sequence[Route], model_server: ModelServer) -> Callable[[T], T]:
    """Return a class decorator that adds a BentoML API for each route that has a body."""

    def add(service: T) -> T:
        for route in routes:
            if route.body is not None and route.read is None:  # else it is another client's
                setattr(service, route.name, _api(route, model_server))
        return service

    return add


def _api(route: Route, model_server: ModelServer) -> Any:
    async def call(self: Any, **fields: Any) -> BaseModel | Response:  # noqa: ARG001 -- BentoML's
        return await route.handler(model_server, **fields)

    call.__name__, call.__doc__ = route.name, route.summary
    if isinstance(route.reply, TextReply):
        raise TypeError(f"{route.path} has a body, so BentoML must be told of an answer in JSON")
    output = create_model(route.reply.__name__, __base__=(_WithOpenUnions, route.reply))
    return bentoml.api(route=route.path, input_spec=route.body, output_spec=output)(call)


class _OpenUnions(GenerateJsonSchema):
    """Describes a union as anything at all.

    BentoML (1.4.40, `_flatten_field`) takes the first member of a union for the whole, and
    its client drops each field that this member does not have: an error would be `{}`.
    """

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:  # noqa: ARG002
        return {}


class _WithOpenUnions(BaseModel):
    """A schema as it is declared to BentoML."""

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        return super().model_json_schema(*args, **(options | {"schema_generator": _OpenUnions}))
