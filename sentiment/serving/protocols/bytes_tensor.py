"""Tensors as bytes after the JSON: strings with their lengths, and doubles, little-endian."""

import struct
from collections.abc import Sequence

from sentiment.errors import InvalidValue

_LENGTH = struct.Struct("<I")


def decoded(raw: bytes, most: int) -> list[str | None]:
    """Return the strings of a tensor, which came in UTF-8.

    Those past `most` are None. What is not UTF-8 has halves of surrogate pairs in its place,
    so that it is refused as any such text is. Raises `InvalidValue` where lengths are wrong.
    """
    strings: list[str | None] = []
    place = 0
    while place < len(raw):
        start = place + _LENGTH.size
        end = start + (_LENGTH.unpack_from(raw, place)[0] if start <= len(raw) else len(raw))
        if end > len(raw):
            raise InvalidValue(
                "The bytes of the input end in the middle of a text.",
                "Put the length of each in four bytes before it, little-endian.",
            )
        text = raw[start:end]
        strings.append(text.decode(errors="surrogateescape") if len(strings) < most else None)
        place = end
    return strings


def encoded(strings: Sequence[str]) -> bytes:
    """Return strings as one tensor."""
    parts = [text.encode() for text in strings]
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def doubles(numbers: Sequence[float]) -> bytes:
    """Return numbers as one tensor."""
    return struct.pack(f"<{len(numbers)}d", *numbers)
