"""A body before it was compressed for the way, by gzip, deflate or not (RFC 9110, section 8.4)."""

import asyncio
import codecs
import zlib

from sentiment.errors import BadRequest, BodyTooLarge, UnsupportedEncoding

# How zlib names the formats. What HTTP calls deflate is what zlib writes.
_FORMATS = dict.fromkeys(("gzip", "x-gzip"), 16 + zlib.MAX_WBITS) | {"deflate": zlib.MAX_WBITS}
_MEMBERS = 100  # each may be empty, and costs a copy of what follows it
_SHORT = 4096  # compressed bytes that are decompressed, to at most 4 MB, in a few milliseconds


async def decoded(encoding: str, body: bytes | bytearray, limit: int) -> bytes | bytearray:
    """Return what a body with this `Content-Encoding` holds, without a byte order mark.

    At most `limit` bytes: a decompression bomb is given up when it has become longer. Raises
    `BodyTooLarge`, `BadRequest` and `UnsupportedEncoding`.
    """
    named = (each.strip().lower() for each in encoding.split(","))
    codings = [each for each in named if each not in ("", "identity")]
    if len(codings) == 1 and codings[0] in _FORMATS:
        if len(body) <= _SHORT:
            body = _inflated(codings[0], body, limit)
        else:
            body = await asyncio.to_thread(_inflated, codings[0], body, limit)
    elif codings:
        raise UnsupportedEncoding(f"The body is encoded as {encoding[:100]!r}.")
    return body.removeprefix(codecs.BOM_UTF8)


def _inflated(encoding: str, body: bytes | bytearray, limit: int) -> bytes:
    """Return what was compressed, in one or more members; raise as `decoded` does."""
    parts: list[bytes] = []
    size, rest = 0, bytes(body)
    while rest:
        if len(parts) == _MEMBERS:
            raise BadRequest(f"The body has more than {_MEMBERS} {encoding} members.", "Send one.")
        member = zlib.decompressobj(_FORMATS[encoding])
        try:
            part = member.decompress(rest, limit - size + 1)
        except zlib.error:
            message = f"The body is not {encoding}, or damaged."
            raise BadRequest(message, "Compress it anew.") from None
        size += len(part)
        if size > limit:
            raise BodyTooLarge(
                f"The body has more than {limit:,} bytes when it is decompressed.",
                "Send fewer or shorter texts, or raise SENTIMENT_MAX_BODY_BYTES.",
            )
        if not member.eof:
            message = f"The body ends in the middle of its {encoding} data."
            raise BadRequest(message, "Send all of it.")
        parts.append(part)
        rest = member.unused_data
    return b"".join(parts)
