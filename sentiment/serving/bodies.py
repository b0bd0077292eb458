"""The body of a request, from bytes to the fields that its route declares.

Checks media type, size, syntax and the presence of fields, within a budget of bytes that
all requests in flight share. The model server checks the texts themselves, one by one, so that
a bad text in a list does not fail the others.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, get_origin

from starlette.requests import Request

from sentiment.errors import BadRequest, BodyTooLarge, InvalidValue, QueueFull
from sentiment.schema import Schema
from sentiment.serving.access.addresses import address_of
from sentiment.serving.byte_budget import ByteBudget, Reservation
from sentiment.serving.content_encoding import decoded
from sentiment.serving.fairness import FairThreads
from sentiment.serving.json_fields import JsonFields, TooManyValues, parse
from sentiment.serving.media_type import check_media_type
from sentiment.serving.request_budget import RequestBudget
from sentiment.serving.route import Read, Route
from sentiment.settings import ServingSettings
from sentiment.text import is_utf8

# Up to so many bytes a body is parsed on the event loop, in at most 5 ms; handing it to a thread
# costs 0.1 ms. It is ten times as long as a review.
_PARSED_AT_ONCE = 16 << 10

# One at a time, because parsing holds the interpreter: several would take as long, each with
# its own 8 to 32 MB of decoded text.
_PARSERS = 1

# Passed in about a second and a half. As many fields that no route knows are counted exactly.
_MOST_VALUES = 1_000_000


class Bodies:
    """Reads the bodies of all requests of a server."""

    def __init__(self, settings: ServingSettings, refused: Callable[[str], object]) -> None:
        """`refused` is told why a body was not read, in one word for the metrics."""
        self._settings = settings
        self._refused = refused
        self._requests = RequestBudget(settings, refused)
        self._budget = ByteBudget(settings.bytes_in_flight)
        self._parsing = FairThreads(_PARSERS, "parsing")

    @contextlib.asynccontextmanager
    async def fields(
        self, request: Request, route: Route, schema: type[Schema]
    ) -> AsyncIterator[dict[str, Any]]:
        """Give the fields of a body; it and its bytes count as in flight while the context lasts.

        They are those of the `schema`, or what the route itself reads.

        Raises `UnsupportedMediaType`, `BodyTooLarge`, `QueueFull`, `BadRequest` and
        `InvalidValue`; the first three before a declared body is read.
        """
        check_media_type(_header(request, "content-type"), route.media_types)
        address = address_of(request.scope.get("client"))
        with self._requests.place(address), Reservation(self._budget) as reservation:
            try:
                body = await self._received(request, reservation)
            except QueueFull:
                self._refused("bodies_full")
                raise
            most = self._settings.max_texts
            if route.read is None:
                read = partial(_parse, schema=schema, texts=most)
            else:
                read = partial(_read, route.read, headers=request.headers, texts=most)
            yield await self._parsed(body, read)

    async def _received(self, request: Request, reservation: Reservation) -> bytearray:
        """Return the bytes of the body, for which there is room, decompressed."""
        most = self._settings.max_body_bytes
        length = request.headers.get("content-length", "")
        # A number of so many digits is too large, and int() refuses one of thousands.
        declared = int(length[:20]) if length.isdecimal() else 0
        _check_size(declared, most)
        reservation.grow(declared)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            _check_size(len(body), most)
            reservation.grow(max(declared, len(body)))
        body = bytearray(await decoded(_header(request, "content-encoding"), body, most))
        reservation.grow(len(body))
        return body

    async def _parsed(
        self, body: bytearray, read: Callable[[bytearray], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the fields of a body, which a thread parses if it is large."""
        if len(body) <= _PARSED_AT_ONCE:
            return read(body)
        return await self._parsing.run(read, body)


def _header(request: Request, name: str) -> str:
    """Return a header as one line, also where it came in several (RFC 9110, section 5.3)."""
    return ", ".join(request.headers.getlist(name))


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise BodyTooLarge(
            f"The body has more than {most:,} bytes.",
            "Send fewer or shorter texts, or raise SENTIMENT_MAX_BODY_BYTES.",
        )


def _read(read: Read, body: bytearray, headers: Mapping[str, str], texts: int) -> dict[str, Any]:
    """Return the fields of a body that its route reads, whose bytes are freed."""
    try:
        return read(body, headers, texts)
    finally:
        body.clear()


def _parse(body: bytearray, schema: type[Schema], texts: int) -> dict[str, Any]:
    """Return the fields of a body, whose bytes are freed; decode at most `texts` of a list."""
    names, needed, example = _asked_for(schema)
    try:
        given = parse(body, names, texts, _MOST_VALUES)
    except TooManyValues:
        message = f"The body holds more than {_MOST_VALUES:,} values that are no texts."
        raise InvalidValue(message, example) from None
    except ValueError:
        raise BadRequest("The body is not valid JSON.", example) from None
    finally:
        body.clear()
    if details := _problems(given, schema):
        raise InvalidValue(
            "The body does not have the right fields.",
            _right_fields(needed, [name for name in names if name not in needed]),
            details,
        )
    values: dict[str, Any] = given.values
    if any(isinstance(value, str) and not is_utf8(value) for value in values.values()):
        message = "The body holds half of a surrogate pair, which stands for no character."
        raise BadRequest(message, example)
    return values


@cache
def _asked_for(schema: type[Schema]) -> tuple[Sequence[str], Sequence[str], str]:
    """Return the names of all fields, those of fields that have to be there, and an example."""
    names = tuple(schema.model_fields)
    needed = tuple(name for name in names if schema.model_fields[name].is_required())
    fields = ", ".join(f'"{name}": …' for name in needed)
    return names, needed, f"Send {{{fields}}}."


def _right_fields(needed: Sequence[str], optional: Sequence[str]) -> str:
    more = f" If you like, add {', '.join(optional)}: true or false." if optional else ""
    return f"Send an object with {', '.join(needed)} and nothing else.{more}"


def _problems(given: JsonFields | None, schema: type[Schema]) -> list[dict[str, str]]:
    """Return what is wrong with the fields of a body, each as a detail of the error.

    Unknown fields are counted and not named: there may be hundreds of thousands, and
    their names are text of the caller, which no error may repeat.
    """
    if given is None:
        return [{"field": "", "problem": "It must be an object."}]
    details = []
    for name, field in schema.model_fields.items():
        if name not in given.values:
            if not field.is_required():
                continue
            details.append({"field": name, "problem": "It is missing."})
        elif name in given.repeated:
            details.append({"field": name, "problem": "It stands more than once."})
        elif get_origin(field.annotation) is list and not isinstance(given.values[name], list):
            details.append({"field": name, "problem": "It must be a list."})
        elif field.annotation is bool and not isinstance(given.values[name], bool):
            details.append({"field": name, "problem": "It must be true or false."})
    if given.unknown:
        details.append({"field": "(unknown field)", "problem": f"{given.unknown:,} in all."})
    return details
