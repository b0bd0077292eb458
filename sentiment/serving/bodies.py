"""The body of a request, from bytes to the fields that its route declares.

Checks media type, size, syntax and the presence of fields. The model server checks the
texts themselves, one by one, so that a bad text in a list does not fail the others.
"""

from typing import Any, get_origin

from pydantic_core import from_json
from starlette.requests import Request

from sentiment.errors import BadRequest, BodyTooLarge, InvalidValue
from sentiment.schema import Schema
from sentiment.serving.content_encoding import decoded
from sentiment.serving.media_type import check_media_type


async def read_body(request: Request, schema: type[Schema], limit: int) -> dict[str, Any]:
    """Return the fields of the body, which may have at most `limit` bytes.

    Raises `UnsupportedMediaType`, `BodyTooLarge`, `BadRequest` and `InvalidValue`.
    """
    check_media_type(request.headers.get("content-type", ""))
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
    encoding = request.headers.get("content-encoding", "")
    return _parse(bytes(await decoded(encoding, body, limit)), schema)


def _parse(body: bytes, schema: type[Schema]) -> dict[str, Any]:
    names = list(schema.model_fields)
    try:
        given = from_json(body)
    except ValueError:
        fields = ", ".join(f'"{name}": …' for name in names)
        raise BadRequest("The body is not valid JSON.", f"Send {{{fields}}}.") from None
    if details := _problems(given, schema):
        raise InvalidValue(
            "The body does not have the right fields.",
            f"Send an object with {', '.join(names)} and nothing else.",
            details,
        )
    return dict(given)


def _problems(given: Any, schema: type[Schema]) -> list[dict[str, str]]:
    """Return what is wrong with the fields of a body, each as a detail of the error.

    Unknown fields are counted and not named: there may be hundreds of thousands, and
    their names are text of the caller, which no error may repeat.
    """
    if not isinstance(given, dict):
        return [{"field": "", "problem": "It must be an object."}]
    details = []
    for name, field in schema.model_fields.items():
        if name not in given:
            details.append({"field": name, "problem": "It is missing."})
        elif get_origin(field.annotation) is list and not isinstance(given[name], list):
            details.append({"field": name, "problem": "It must be a list."})
    if unknown := len(given.keys() - schema.model_fields.keys()):
        details.append({"field": "(unknown field)", "problem": f"{unknown:,} in all."})
    return details
