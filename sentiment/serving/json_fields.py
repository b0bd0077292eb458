"""The fields of a JSON object, read without building what no route takes.

The fields of a body are texts, lists of texts and truth values. Each string is decoded by
itself, so that half of a surrogate pair is the fault of its own text. Every other value is
checked against the grammar (RFC 8259) and stands as an empty value of its type: eight megabytes
of `[[],[],…]` would make 2.7 million lists, and a parser in C holds up every thread while it
makes them.
`bodies` says what is wrong with the fields.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

_BLANK = " \t\n\r"
_SPACE = re.compile(rf"[{_BLANK}]*")
_PLAIN = re.compile(
    r"(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<truth>true|false)|null"
)
_EMPTY = {"number": 0, None: None}  # `check_text` names a value by its type
_BYTE_ORDER_MARK = "\ufeff"
_decode = json.JSONDecoder().raw_decode  # takes a lone surrogate, and no control character


class TooManyValues(ValueError):
    """More values than were allowed; the rest has not been read."""


@dataclass
class JsonFields:
    """What an object holds, of the fields that are known."""

    values: dict[str, Any] = field(default_factory=dict)
    """By name: a string, a list of strings, a truth value, or an empty value of another type.

    A list may hold such empty values too, and None for what stands past the bound of texts.
    """
    repeated: set[str] = field(default_factory=set)
    """Known names that stand more than once."""
    unknown: int = 0
    """Number of other fields."""


def parse(body: bytes | bytearray, known: Collection[str], texts: int, values: int) -> Any:
    """Return the `JsonFields` of an object in UTF-8, None for JSON that is no object.

    Strings of a list are decoded up to `texts` of them. Raises `TooManyValues` past `values`
    values, the texts left out, and another `ValueError` for what is not JSON.
    """
    return _Reader(body.decode("utf-8"), texts, values).object(known)


class _Reader:
    """A place in a text of JSON, and what may still be read."""

    def __init__(self, text: str, texts: int, values: int) -> None:
        self._text = text
        self._place = int(text.startswith(_BYTE_ORDER_MARK))
        self._texts = texts
        self._values = values

    def object(self, known: Collection[str]) -> JsonFields | None:
        """Return the fields of the whole text, None if it is another value."""
        found = None
        if self._peek() == "{":
            found = self._fields(known)
        else:
            self._pass()
        if self._peek():
            raise ValueError("something follows the value")
        return found

    def _fields(self, known: Collection[str]) -> JsonFields:
        fields = JsonFields()
        self._take("{")
        if self._peek() == "}":
            self._place += 1
            return fields
        while True:
            name = self._name()
            if name not in known:
                fields.unknown += 1
                self._pass()
            elif name in fields.values:
                fields.repeated.add(name)
                self._pass()
            else:
                fields.values[name] = self._list() if self._peek() == "[" else self._text_or_empty()
            if self._take(",}") == "}":
                return fields

    def _list(self) -> list[Any]:
        """Return the strings of a list, and empty values in the places of others."""
        items: list[Any] = []
        self._take("[")
        if self._peek() == "]":
            self._place += 1
            return items
        while True:
            if len(items) < self._texts:
                items.append(self._text_or_empty())
            else:
                self._pass()
                items.append(None)
            if self._take(",]") == "]":
                return items

    def _text_or_empty(self) -> Any:
        return self._string() if self._peek() == '"' else self._pass()

    def _pass(self) -> Any:
        """Pass a value, however deep, and return an empty one of its type."""
        first = self._peek()
        closing: list[str] = []  # of what is open around the next value
        empty = self._step(closing)
        while closing:
            if self._take("," + closing[-1]) != ",":
                closing.pop()
                continue
            if closing[-1] == "}":
                self._name()
            self._step(closing)
        return {"[": [], "{": {}}.get(first, empty)

    def _step(self, closing: list[str]) -> Any:
        """Pass values up to the end of the first that has nothing in it; return it, emptied."""
        while True:
            self._values -= 1
            if self._values < 0:
                raise TooManyValues
            match self._peek():
                case "[":
                    end = "]"
                case "{":
                    end = "}"
                case '"':
                    self._string()
                    return ""
                case _:
                    return self._plain()
            self._place += 1
            if self._peek() == end:
                self._place += 1
                return None
            closing.append(end)
            if end == "}":
                self._name()

    def _plain(self) -> Any:
        """Pass a number, a truth value or null; return the truth value, or an empty other."""
        found = _PLAIN.match(self._text, self._place)
        if found is None:
            raise ValueError("no value")
        self._place = found.end()
        return found.group() == "true" if found.lastgroup == "truth" else _EMPTY[found.lastgroup]

    def _name(self) -> str:
        name = self._string()
        self._take(":")
        return name

    def _string(self) -> str:
        if self._peek() != '"':
            raise ValueError("no string")
        text, self._place = _decode(self._text, self._place)
        return str(text)

    def _take(self, wanted: str) -> str:
        """Pass one of the characters `wanted`, and return it."""
        found = self._peek()
        if not found or found not in wanted:
            raise ValueError(f"none of {wanted}")
        self._place += 1
        return found

    def _peek(self) -> str:
        """Return the next character that is no white space; empty at the end."""
        found = self._text[self._place : self._place + 1]
        if found and found in _BLANK:
            space = _SPACE.match(self._text, self._place)
            self._place = self._place if space is None else space.end()
            found = self._text[self._place : self._place + 1]
        return found
