"""The OpenAPI document of the contract: every route, every status, with examples.

Everything in it follows from the routes, schemas and errors themselves, so that it
cannot tell another story; the tests hold real answers against it.
"""

from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

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
from sentiment.schema import ErrorBody, Schema
from sentiment.serving.access.connections import PROBES
from sentiment.serving.examples import Examples, example
from sentiment.serving.route import Route, TextReply
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
    if route.body is not None:
        schema = _limited(_request_schema(route.body), settings)
        content = {"schema": schema, "example": example(route.body, given)}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    if settings.api_keys_file is not None and route.role != "anyone":
        operation["security"] = [{name: []} for name in _KEY_SCHEMES]
    errors = (*route.errors, *_errors_of_the_door(route, settings))
    return operation | {"responses": {"200": _reply(route, given), **_failures(errors)}}


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


def _request_schema(body: type[Schema]) -> dict[str, Any]:
    schema = body.model_json_schema(ref_template=_REFERENCE)
    for field in schema["properties"].values():
        field.pop("examples", None)  # the example of the whole body says the same
    return schema


def _limited(schema: dict[str, Any], settings: ServingSettings) -> dict[str, Any]:
    """Add the server's limits: those of a text to each string, those of a list to each list."""
    if schema.get("type") == "string":
        return schema | {"maxLength": settings.max_characters}
    if schema.get("type") == "array":
        items = _limited(schema["items"], settings)
        return schema | {"maxItems": settings.max_texts, "items": items}
    properties = schema.get("properties", {})
    limited = {name: _limited(field, settings) for name, field in properties.items()}
    return schema | ({"properties": limited} if limited else {})


def _reply(route: Route, given: Examples) -> dict[str, Any]:
    if isinstance(route.reply, TextReply):
        text = {"schema": {"type": "string"}, "example": route.reply.example}
        kinds = (route.reply.media_type, *route.reply.others)
        return {"description": route.reply_summary, "content": dict.fromkeys(kinds, text)}
    answer = _json(route.reply_summary, route.reply)
    answer["content"]["application/json"]["example"] = example(route.reply, given)
    return answer


def _json(summary: str, schema: type[Schema]) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(model=schema.__name__)}
    return {"description": summary, "content": {"application/json": {"schema": reference}}}


def _failures(kinds: Sequence[type[SentimentError]]) -> dict[str, Any]:
    """Return one response a status, with an example of each error that answers with it."""
    responses: dict[str, Any] = {}
    for kind in kinds:
        summary = (kind.__doc__ or "").splitlines()[0]
        response = responses.setdefault(str(kind.http_status), _json(summary, ErrorBody))
        examples = response["content"]["application/json"].setdefault("examples", {})
        body = {"error": {"code": kind.code, "message": summary, "details": []}}
        examples[kind.code] = {"summary": summary, "value": body}
        if kind in (QueueFull, NotReady, LimitExceeded, LimitsUnavailable):
            response["headers"] = {
                "Retry-After": {
                    "description": "seconds to wait",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
    return responses


def _components(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the schemas of all answers, and of what they hold."""
    schemas: dict[type[Schema], None] = {ErrorBody: None}
    for route in routes:
        if not isinstance(route.reply, TextReply):
            schemas[route.reply] = None
    _, definitions = models_json_schema(
        [(schema, "serialization") for schema in schemas], ref_template=_REFERENCE
    )
    return dict(definitions["$defs"])
