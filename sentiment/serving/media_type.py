"""The media type of a body, parsed by the grammar of its header (RFC 9110, section 8.3)."""

import codecs
from collections.abc import Collection
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import lru_cache

from sentiment.errors import UnsupportedMediaType

_LONGEST = 1000  # characters of a header that is parsed, and remembered


def check_media_type(declared: str, others: Collection[str] = ()) -> None:
    """Raise `UnsupportedMediaType` unless a body is declared as JSON, in UTF-8 if in anything.

    What is declared as one of the `others` passes too.
    """
    if declared.lower() in others:
        return
    if len(declared) > _LONGEST or not _is_json(declared):
        raise UnsupportedMediaType(
            f"The body is declared as {declared[:100] or 'nothing'!r}.",
            "Send UTF-8 with Content-Type: application/json.",
        )


@lru_cache(maxsize=64)
def _is_json(declared: str) -> bool:
    header = Message()
    header["Content-Type"] = declared
    if header.get_content_type() != "application/json":
        return False
    parameters = header.get_params() or ()
    return all(_is_utf8(value) for name, value in parameters if name.lower() == "charset")


def _is_utf8(charset: str | tuple[str | None, str | None, str]) -> bool:
    try:
        name = codecs.lookup(collapse_rfc2231_value(charset).strip()).name
    except (LookupError, ValueError):
        return False
    return name in ("utf-8", "utf-8-sig", "ascii")
