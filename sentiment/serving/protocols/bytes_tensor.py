"""Tensors as bytes after the JSON: strings with their lengths, and doubles, little-endian."""

import struct
from collections.abc import Sequence

from sentiment.errors import InvalidValue

_LENGTH = struct.Struct("<I")


def decoded(raw: bytes, most: int) -> list[str]:
    """Return the strings of a tensor, which came in UTF-8.

    What is not UTF-8 has halves of surrogate pairs in its place, so that it is refused as any
    such text is. Raises `InvalidValue` where lengths are wrong, and past `most` strings: bytes
    may hold millions of empty ones.
    """
    strings: list[str] = []
    place = 0
    while place < len(raw):
        start = place + _LENGTH.size
        end = start + (_LENGTH.unpack_from(raw, place)[0] if start <= len(raw) else len(raw))
        if end > len(raw):
            raise InvalidValue(
                "The bytes of the input end in the middle of a text.",
                "Put the length of each in four bytes before it, little-endian.",
            )
        if len(strings) == most:
            raise InvalidValue(
                f"The bytes of the input are too many texts; at most {most:,} are taken.",
                "Split it, or raise SENTIMENT_MAX_TEXTS.",
            )
        strings.append(raw[start:end].decode(errors="surrogateescape"))
        place = end
    return strings


def encoded(strings: Sequence[str]) -> bytes:
    """Return strings as one tensor."""
    parts = [text.encode() for text in strings]
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def doubles(numbers: Sequence[float]) -> bytes:
    """Return numbers as one tensor."""
    return struct.pack(f"<{len(numbers)}d", *numbers)
