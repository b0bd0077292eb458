"""One text or a list of them in the same field, as most protocols have it."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import WithJsonSchema

_TEXT = {"type": "string", "minLength": 1}

OneOrMore = Annotated[
    Any,  # each text is checked by itself, with an error that says which one was wrong
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]


def as_list(given: Any) -> Sequence[Any]:
    """Return the texts of such a field; what is no list is one text."""
    return given if isinstance(given, list) else [given]
