"""Checks real answers against the OpenAPI document that the server publishes."""

from typing import Any

import httpx
import jsonschema


def check(document: dict[str, Any], response: httpx.Response, route: str) -> Any:
    """Assert that the document has this status of this route; return the body, if it fits."""
    method = response.request.method.lower()
    responses = document["paths"][route][method]["responses"]
    assert str(response.status_code) in responses, response.text
    content = responses[str(response.status_code)]["content"]
    media_type = response.headers["content-type"].partition(";")[0]
    body = response.json() if media_type == "application/json" else response.text
    validate(document, content[media_type]["schema"], body)
    return body


def validate(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Assert that a value fits a schema, which may refer to the document's components."""
    resolved = schema | {"components": document["components"]}
    jsonschema.Draft202012Validator(resolved).validate(value)
