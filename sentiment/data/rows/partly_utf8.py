"""Lines of which some letters are UTF-8 and others are not, as of a file put together from two."""

import re

from sentiment.errors import brief

_DAMAGED = re.compile("[\udc80-\udcff]+")  # bytes that are not UTF-8, as `surrogateescape` has them
_CERTAIN = 2  # letters of UTF-8 for each byte that is none: chance makes fewer
_EXCERPT = 30  # characters, those before the first that is not ASCII included
_BEFORE = 12  # of those


def is_utf8(content: bytes) -> bool:
    """Return whether content is UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _letters(content: bytes) -> tuple[int, int]:
    """Return how many letters beyond ASCII are UTF-8, and how many bytes are not."""
    text = content.decode(errors="surrogateescape")
    damaged = sum(map(len, _DAMAGED.findall(text)))
    return len(text) - sum(map(str.isascii, text)) - damaged, damaged


def is_mostly_utf8(line: bytes) -> bool:
    """Return whether so many letters are UTF-8 that the others are damaged, or were added."""
    whole, damaged = _letters(line)
    return whole > _CERTAIN * damaged


def without_utf8(line: bytes) -> bytes:
    """Return a line without its letters of UTF-8, if most are such."""
    if not is_mostly_utf8(line):
        return line
    text = line.decode(errors="surrogateescape")
    others = "".join(each for each in text if each.isascii() or _DAMAGED.match(each))
    return others.encode(errors="surrogateescape")


def mended(line: bytes, encoding: str) -> str:
    """Return a line of UTF-8, but for what is not, which is read in another encoding."""
    return _DAMAGED.sub(
        lambda found: found[0].encode(errors="surrogateescape").decode(encoding, "replace"),
        line.decode(errors="surrogateescape"),
    )


def excerpt(line: bytes, encoding: str) -> str:
    """Return what a line says around its first letter that is not UTF-8."""
    if is_mostly_utf8(line):
        text = mended(line, encoding)
        damaged = _DAMAGED.search(line.decode(errors="surrogateescape"))
        first = damaged.start() if damaged else 0
    else:
        text = line.decode(encoding, errors="replace")
        first = next((place for place, sign in enumerate(text) if not sign.isascii()), 0)
    start = max(0, first - _BEFORE)
    return brief(text[start : start + _EXCERPT].strip())
