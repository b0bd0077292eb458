"""Which encoding bytes are in that are not UTF-8, as `chardet` finds it by the languages of texts.

This does not read files, nor tell anyone what was decided.
"""

from collections.abc import Iterable

SEVERAL_BYTES = ("gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949")
"""Those encodings in which a letter may take more than a byte."""

# Those that web browsers know (https://encoding.spec.whatwg.org), but for UTF-8, UTF-16 and some
# that hardly any file is in; and those of DOS and of old Macs, which spreadsheets still write.
_IN_USE = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("iso8859-15", "iso8859-2", "iso8859-5", "iso8859-6", "iso8859-7", "koi8-r", "koi8-u"),
    *("cp850", "cp852", "cp866", "cp874", "mac-roman", "mac-cyrillic", *SEVERAL_BYTES),
)
# Bytes of controls in the standards of ISO are letters and quotes in these, or stray.
_WITHOUT_CONTROLS = {"iso8859-15": "cp1252", "iso8859-2": "cp1250", "iso8859-7": "cp1253"}
_SAMPLE = 1 << 14  # bytes of lines that are not ASCII
_NEAR = 0.8  # of the confidence in the likeliest, from which another is worth telling
_FEW = 0.1  # confidence in texts of so few letters that they may be of any language
_USUAL = "cp1252"
_MOST_CONTROLS = 0.02  # of the characters; texts have hardly one


def encodings_like(content: bytes) -> list[str]:
    """Return the encodings that content may be in, the likeliest first.

    There is one alone where that is clear, or others would read the same; none if it looks
    like no text in any encoding that is known.
    """
    import chardet

    sample = _sample(dict.fromkeys(content.splitlines(keepends=True)))
    found = chardet.detect_all(
        sample, ignore_threshold=True, compat_names=False, include_encodings=_IN_USE
    )
    likely = {str(each["encoding"]): each["confidence"] for each in found if each["encoding"]}
    readings: dict[str, list[str]] = {}  # by the text: the encodings in which it is that
    for name in likely:
        if (text := _decoded(sample, name)) is not None:
            readings.setdefault(text, []).append(name)
    names = [min(each, key=_IN_USE.index) for each in readings.values()]
    if not names:
        return []
    best = names[0]
    if likely[best] < _FEW and _USUAL in likely and best not in SEVERAL_BYTES:
        best = _USUAL
    elif any("\x80" <= sign < "\xa0" for sign in next(iter(readings))):
        best = _WITHOUT_CONTROLS.get(best, best)
    near = [name for name in names if likely[name] > _NEAR * likely[names[0]] and name != best]
    return [best, *(name for name in near if name.startswith("cp125") or name in SEVERAL_BYTES)]


def _sample(lines: Iterable[bytes]) -> bytes:
    """Return the first lines that are not ASCII; the last is cut where it is ASCII."""
    sample = b""
    for line in lines:
        if not line.isascii():
            sample += line
        if len(sample) > _SAMPLE:
            break
    end = 2 * _SAMPLE
    while end < len(sample) and sample[end - 1] > 0x20:
        end += 1
    return sample[:end]


def _decoded(sample: bytes, encoding: str) -> str | None:
    """Return the sample as text, None if it cannot be; a stray byte does not rule one out."""
    try:
        text = sample.decode(encoding, "strict" if encoding in SEVERAL_BYTES else "replace")
    except UnicodeDecodeError:
        return None
    controls = sum(not (sign.isprintable() or sign.isspace()) for sign in text)
    return text if controls <= max(1, _MOST_CONTROLS * len(text)) else None
