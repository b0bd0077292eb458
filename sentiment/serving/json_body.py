"""A body of nested JSON as a schema, within bounds.

Everything of it is built, so it may hold few values besides its texts: their number is
counted before a parser in C, which holds up every thread, makes the first of them.
"""

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from sentiment.errors import BadRequest, InvalidValue
from sentiment.schema import Schema
from sentiment.serving.json_fields import TooManyValues, parse

T = TypeVar("T", bound=Schema)

_VALUES = 1_000  # besides the texts of a list, each of which may stand in a list of its own
_DIGITS = 20  # of an integer; int() takes quadratic time for thousands, and refuses them
_SHOWN = 10  # problems in an error


class _Repeated(ValueError):
    """A name that stands twice in an object."""


def read(body: bytes | bytearray, schema: type[T], texts: int) -> T:
    """Return what a body holds, which has lists of at most about `texts` texts.

    Raises `BadRequest` for what is not JSON, and `InvalidValue` for what is, but not right.
    """
    most = 2 * texts + _VALUES
    try:
        parse(body, (), 0, most)
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object, parse_int=_integer)
    except TooManyValues:
        message = f"The body holds more than {most:,} values."
        raise InvalidValue(message, "Send fewer texts at once.") from None
    except _Repeated:
        raise InvalidValue("A field stands more than once.", "Leave one out.") from None
    except RecursionError:
        raise InvalidValue("The body is nested too deeply.", "Send what /docs shows.") from None
    except ValueError:
        raise BadRequest("The body is not valid JSON.", "Send what /docs shows.") from None
    try:
        return schema.model_validate(value, strict=True)
    except ValidationError as error:
        details = _details(error)
        message = f"The body does not have the right fields: {_in_words(details[0])}"
        raise InvalidValue(message, "Send what /docs shows.", details) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Repeated
    return made


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _in_words(detail: dict[str, str]) -> str:
    return f"{detail['field'] or 'the whole'}: {detail['problem']}"


def _details(error: ValidationError) -> list[dict[str, str]]:
    """Return what is wrong, without names and values of the caller's own."""
    details = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        place, message = list(map(str, problem["loc"])), f"{problem['msg']}."
        if problem["type"] == "extra_forbidden":
            place[-1], message = "(unknown field)", "It is not taken."
        details.append({"field": ".".join(place), "problem": message})
    return details[:_SHOWN]
