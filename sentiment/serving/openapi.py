"""The OpenAPI document of the contract: every route, every status, with examples.

Everything in it follows from the routes, schemas and errors themselves, so that it
cannot tell another story; the tests hold real answers against it.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from sentiment import __version__
from sentiment.errors import (
    HostRefused,
    KeyMissing,
    KeyRefused,
    LimitExceeded,
    LimitsUnavailable,
    NotReady,
    QueueFull,
    RoleMissing,
    SentimentError,
)
from sentiment.schema import Prediction, Schema
from sentiment.serving.access.connections import PROBES
from sentiment.serving.examples import Examples, example
from sentiment.serving.protocols.served_name import parts
from sentiment.serving.route import Route, TextReply
from sentiment.serving.route_table import parameters_of
from sentiment.settings import ServingSettings

_KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_REFERENCE = "#/components/schemas/{model}"


def document(
    routes: Sequence[Route], settings: ServingSettings, examples: Examples | None = None
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `routes`; limits are those of `settings`.

    `examples` take the place of those that the schemas declare.
    """
    given = examples or {}
    published = [route for route in routes if route.published]
    paths: dict[str, dict[str, Any]] = {}
    components: dict[str, Any] = {"schemas": _components(published)}
    if settings.api_keys_file is not None:
        components["securitySchemes"] = _KEY_SCHEMES
    for route in published:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, settings, given)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sentiment",
            "version": __version__,
            "description": "Calibrated text classification with adaptive batching. "
            "Every error has one shape: see ErrorBody.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in published)],
        "paths": paths,
        "components": components,
    }


def _operation(route: Route, settings: ServingSettings, given: Examples) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [route.tag],
        "operationId": route.name,
        "summary": route.summary,
    }
    if names := parameters_of(route.path):
        operation["parameters"] = [_parameter(name, given) for name in names]
    if route.body is not None:
        schema = _limited(_request_schema(route.body), settings)
        asked = example(route.body, given)
        content = {"application/json": {"schema": schema, "example": asked}}
        content |= _binary(asked) if route.binary else {}
        operation["requestBody"] = {"required": True, "content": content}
    if settings.api_keys_file is not None and route.role != "anyone":
        operation["security"] = [{name: []} for name in _KEY_SCHEMES]
    failures = _failures(route, _errors_of_the_door(route, settings))
    return operation | {"responses": {str(route.status): _reply(route, given), **failures}}


def _errors_of_the_door(route: Route, settings: ServingSettings) -> list[type[SentimentError]]:
    """Return what a caller may be refused with before the route is asked."""
    found: list[type[SentimentError]] = []
    if settings.allowed_hosts and route.path not in PROBES:
        found.append(HostRefused)
    if route.role == "anyone":
        return found
    if settings.api_keys_file is not None:
        found += [KeyMissing, KeyRefused, RoleMissing]
    if settings.counts:
        found.append(LimitExceeded)
    if settings.redis_url and settings.without_redis == "closed":
        found.append(LimitsUnavailable)
    return found


def _parameter(name: str, given: Examples) -> dict[str, Any]:
    """Return a part of a path, with the name or version of the served model as its example."""
    served, version = parts(example(Prediction, given)["model"])
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "example": version if name == "version" else served,
    }


def _request_schema(body: type[Schema]) -> dict[str, Any]:
    schema = body.model_json_schema(ref_template=_REFERENCE)
    schema.pop("$defs", None)  # they are components
    for field in schema["properties"].values():
        field.pop("examples", None)  # the example of the whole body says the same
    return schema


def _limited(schema: dict[str, Any], settings: ServingSettings) -> dict[str, Any]:
    """Add the server's limits: those of a text to each string, those of a list to each list.

    What has a limit of its own keeps it.
    """
    if schema.get("type") == "string":
        return {"maxLength": settings.max_characters} | schema
    if schema.get("type") == "array":
        items = _limited(schema["items"], settings)
        return {"maxItems": settings.max_texts} | schema | {"items": items}
    if "anyOf" in schema:
        return schema | {"anyOf": [_limited(each, settings) for each in schema["anyOf"]]}
    properties = schema.get("properties", {})
    limited = {name: _limited(field, settings) for name, field in properties.items()}
    return schema | ({"properties": limited} if limited else {})


def _reply(route: Route, given: Examples) -> dict[str, Any]:
    if isinstance(route.reply, TextReply):
        text = {"schema": {"type": "string"}, "example": route.reply.example}
        kinds = (route.reply.media_type, *route.reply.others)
        return {"description": route.reply_summary, "content": dict.fromkeys(kinds, text)}
    answer = _json(route.reply_summary, route.reply)
    answered = example(route.reply, given)
    answer["content"]["application/json"]["example"] = answered
    answer["content"] |= _binary(answered) if route.binary else {}
    return answer


def _binary(instance: Any) -> dict[str, Any]:
    """Return the same as JSON that bytes may follow, which no schema can describe."""
    schema = {"type": "string", "description": "JSON, then bytes"}
    return {"application/octet-stream": {"schema": schema, "example": json.dumps(instance)}}


def _json(summary: str, schema: type[BaseModel]) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(model=schema.__name__)}
    return {"description": summary, "content": {"application/json": {"schema": reference}}}


def _failures(route: Route, before: Sequence[type[SentimentError]]) -> dict[str, Any]:
    """Return one response a status, with an example of each error that answers with it."""
    responses: dict[str, Any] = {}
    for kind in (*route.errors, *before):
        summary, shape = (kind.__doc__ or "").splitlines()[0], route.errors_as
        response = responses.setdefault(str(kind.http_status), _json(summary, shape.schema))
        examples = response["content"]["application/json"].setdefault("examples", {})
        body = shape.of(_example_of(kind, summary))
        examples[kind.code] = {"summary": summary, "value": body}
        if kind in (QueueFull, NotReady, LimitExceeded, LimitsUnavailable):
            response["headers"] = {
                "Retry-After": {
                    "description": "seconds to wait",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
    return responses


def _example_of(kind: type[SentimentError], message: str) -> SentimentError:
    """Return an error of a kind, however many arguments its kind takes."""
    error = kind.__new__(kind)
    SentimentError.__init__(error, message)
    return error


def _components(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the schemas of all answers, of nested bodies, and of what they hold."""
    schemas: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for route in routes:
        schemas[route.errors_as.schema, "serialization"] = None
        if not isinstance(route.reply, TextReply):
            schemas[route.reply, "serialization"] = None
        if route.body is not None and route.read is not None:
            schemas[route.body, "validation"] = None
    _, definitions = models_json_schema(list(schemas), ref_template=_REFERENCE)
    return dict(definitions["$defs"])
