"""JSON: an array of objects, or one object a line.

Both are parsed by the standard library, an object at a time. An array is read with
`JSONDecoder.raw_decode` from a buffer that grows until it holds the next element. A
streaming parser such as ijson would accept other things than `json.loads` does (it turns
half a surrogate pair into a question mark, for example), so that one object could mean
two things; and it counts no lines.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import IO, Any

from sentiment.data.rows.content import open_content
from sentiment.data.rows.decoding import as_text
from sentiment.data.rows.kinds import find_kind
from sentiment.data.rows.notes import Notes
from sentiment.data.rows.row import ABSENT, Column, Row, Tell, untold
from sentiment.errors import DataError
from sentiment.settings import FileSettings

_BLOCK = 1 << 16  # characters
_MOST_CHARACTERS = 1 << 24  # in an element; 16 times the longest text predicted
_WHITE = " \t\r\n"  # what JSON takes for white space
_MEND = "Mend or remove it."


def read(
    path: Path, columns: Sequence[Column], settings: FileSettings, tell: Tell
) -> Iterator[Row]:
    """Yield a row for each element of an array, or for each line that is not blank."""
    notes = Notes(path, tell)
    with _open(path, settings, tell) as values:
        for ordinal, (unit, number, value) in enumerate(values, 1):
            if isinstance(value, DataError):
                yield Row(number, error=value, unit=unit, ordinal=ordinal)
            elif not isinstance(value, dict):
                no_object = DataError(f"The {unit} is no JSON object.", _MEND)
                yield Row(number, error=no_object, unit=unit, ordinal=ordinal)
            elif twice := _repeated(value, columns):
                yield Row(number, error=twice, unit=unit, ordinal=ordinal)
            elif _is_empty(value):
                notes.empty += 1
            else:
                found = tuple(value.get(column.name, ABSENT) for column in columns)
                yield Row(number, found, unit=unit, ordinal=ordinal)
        notes.finish()


def names(path: Path, settings: FileSettings, _: str) -> list[str]:
    """Return the keys of all objects, in the order in which they first stand."""
    with _open(path, settings, untold) as values:
        objects = (value for _, _, value in values if isinstance(value, dict))
        return list(dict.fromkeys(key for value in objects for key in value))


class _WithRepeated(dict[str, Any]):
    """An object in which a key stands more than once, with the last of its values."""

    keys_found: Sequence[str] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        found = _WithRepeated(found)
        found.keys_found = [key for key, _ in pairs]
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


def _repeated(value: dict[str, Any], columns: Sequence[Column]) -> DataError | None:
    """Return the error about a key that is asked for and stands more than once in an object."""
    if not isinstance(value, _WithRepeated):
        return None
    for column in columns:
        if (times := value.keys_found.count(column.name)) > 1:
            return DataError(f"The key {column.name!r} stands {times} times.", "Leave one of them.")
    return None


def _is_empty(value: dict[str, Any]) -> bool:
    """Return whether no field holds anything; of one field alone, its text is what is missing."""
    fields = value.values()
    return len(fields) != 1 and all(
        field is None or (isinstance(field, str) and not field.strip()) for field in fields
    )


_Values = Iterator[tuple[str, int, Any]]
"""What is counted, the number and the value, which is a `DataError` if it is not valid JSON."""


@contextmanager
def _open(path: Path, settings: FileSettings, tell: Tell) -> Iterator[_Values]:
    """Yield the values of a file, those of an array or those of its lines."""
    with (
        open_content(path) as content,
        as_text(content, str(path), settings.encoding, tell) as file,
    ):
        start = file.readline(_BLOCK)
        more = start
        while more and not start.strip() and len(start) < _BLOCK:
            more = file.readline(_BLOCK)
            start += more
        beginning = start.lstrip(_WHITE)
        inside = beginning[1:].lstrip(_WHITE)[:1]
        if beginning.startswith("[") and (find_kind(path) == ".json" or inside in ("", "{")):
            yield _elements(_Buffer(file, start))
            return
        if _is_begun(beginning.strip()):
            raise DataError(
                f"{path} begins with an object of several lines.",
                "Write an array of objects, or each object in a line of its own.",
            )
        blank = start.count("\n") - beginning.count("\n")
        whole = beginning if beginning.endswith(("\n", "\r")) else beginning + file.readline()
        yield _lines(chain([whole], file), blank + 1)


def _is_begun(line: str) -> bool:
    """Return whether a line begins an object that does not end in it."""
    if not line.startswith("{") or not line.endswith(("{", "[", ",")):
        return False
    try:
        json.loads(line.rstrip(","))
    except (ValueError, RecursionError):
        return True
    return False


def _lines(lines: Iterator[str], first: int) -> _Values:
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line)
        except (ValueError, RecursionError):
            value = DataError("The line is not valid JSON.", _MEND)
        yield "line", number, value


class _Buffer:
    """The part of an array that is in memory, and where in it the next thing stands."""

    def __init__(self, file: IO[str], start: str) -> None:
        self._file = file
        self._text = start
        self._at = 0
        self._ended = False
        self.line = 1

    def next_sign(self) -> str:
        """Pass over white space and one character; return that, empty at the end."""
        while True:
            rest = self._text[self._at :].lstrip(_WHITE)
            self._pass(len(self._text) - self._at - len(rest))
            if rest:
                self._pass(1)
                return rest[0]
            if not self._fill():
                return ""

    def back(self) -> None:
        """Go back by one character, which is not the end of a line."""
        self._at -= 1

    def next_value(self) -> Any:
        """Return the value that stands here, or a `DataError` if none does."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                break
            except ValueError:
                end = len(self._text)
                value = DataError("", "")
            broken = isinstance(value, DataError)
            if not broken and (end < len(self._text) or not self._fill()):
                self._pass(end - self._at)
                return value
            if broken and (len(self._text) - self._at > _MOST_CHARACTERS or not self._fill()):
                break
        return _broken("an element of the array is not valid JSON", self)

    def _fill(self) -> bool:
        """Read as much again as is left; return whether there was more."""
        rest = self._text[self._at :]
        more = self._file.read(max(_BLOCK, len(rest)))
        self._text, self._at = rest + more, 0
        return bool(more)

    def _pass(self, characters: int) -> None:
        self.line += self._text.count("\n", self._at, self._at + characters)
        self._at += characters


def _elements(buffer: _Buffer) -> _Values:
    """Yield the elements of an array, which several lines or one may hold."""
    buffer.next_sign()  # the bracket
    last = 0
    if buffer.next_sign() != "]":
        buffer.back()
        for last, value in _until_closed(buffer):
            yield "row", last, value
            if isinstance(value, DataError):
                return
    if buffer.next_sign():
        yield "row", last + 1, _broken("something follows the array", buffer)


def _until_closed(buffer: _Buffer) -> Iterator[tuple[int, Any]]:
    """Yield the numbers and values of elements, up to an error or the end of their array."""
    for number in count(1):
        if not buffer.next_sign():
            yield number, _broken("the array is not closed", buffer)
            return
        buffer.back()
        value = buffer.next_value()
        yield number, value
        if isinstance(value, DataError):
            return
        sign = buffer.next_sign()
        if sign == "]":
            return
        if sign != ",":
            what = "no comma follows the last element" if sign else "the array is not closed"
            yield number + 1, _broken(what, buffer)
            return


def _broken(what: str, buffer: _Buffer) -> DataError:
    return DataError(f"In line {buffer.line} {what}, and no row after it is read.", "Mend it.")
