"""From bytes to text: which encoding a file is in, found out as it is read.

Whatever the encoding, what comes out is text whose undecodable bytes are halves of
surrogate pairs, which callers may refuse row by row. That happens to UTF-8 alone, in rows
that are damaged. Any other encoding either fits the whole file or is refused once.
"""

import codecs
import io
import unicodedata
from typing import IO, Any

from sentiment.data.rows.row import Tell
from sentiment.errors import DataError

_BLOCK = 1 << 18  # bytes: what is looked at to find out an encoding
_SAMPLE = 1 << 14  # bytes of lines that are not ASCII
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NO_TEXT = {
    b"\x1f\x8b": "gzip data",
    b"BZh": "bzip2 data",
    b"\x28\xb5\x2f\xfd": "Zstandard data",
    b"PK\x03\x04": "a zip file or an Excel sheet",
    b"PAR1": "Parquet",
    b"\xd0\xcf\x11\xe0": "an Excel sheet",
}
# Those that web browsers know (https://encoding.spec.whatwg.org), but for UTF-8, UTF-16 and some
# that hardly any file is in.
_IN_USE = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "iso8859_15", "koi8_r", "koi8_u", "cp866", "cp874"),
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
)
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜÝ"
    "’‘“”„‚–—…€£¥¢©®™°«»‹›•¡¿½¼¾·´§ºª\xa0\xad"  # noqa: RUF001
)
_MOST_ACCENTED = 0.3  # of all letters; French and German have about 0.05, misread Cyrillic 1
_MOST_ODD = 0.002  # of all bytes; Polish in a wrong encoding has ten times as many
_ZEROS = 0.02  # of the characters of a table: commas and ends of lines
_MORE = 0.1  # coherence, from 0 to 1: how much more than chance looks like a language


def as_text(
    content: IO[bytes], name: str, encoding: str | None, tell: Tell, live: bool = False
) -> io.TextIOWrapper:
    """Return the text of `content`, whose lines keep their ends.

    `encoding` is insisted on; None finds it out. With `live` no more is waited for than
    has arrived. Raises `DataError`, while it is read, if the content is no text or not in
    the encoding.
    """
    recoded = io.BufferedReader(_Utf8(content, name, encoding, tell, live), _BLOCK)
    return io.TextIOWrapper(recoded, encoding="utf-8", errors="surrogateescape", newline="")


class _Utf8(io.RawIOBase):
    """Content in any encoding, as UTF-8.

    ASCII is passed on until the first other byte decides: UTF-8 that is damaged here and
    there has more letters that are whole, another encoding hardly any that look like UTF-8.
    """

    def __init__(
        self, content: IO[bytes], name: str, encoding: str | None, tell: Tell, live: bool
    ) -> None:
        self._content = content
        self._name = name
        self._insisted = encoding
        self._tell = tell
        self._read: Any = content.read1 if live else content.read  # type: ignore[attr-defined]
        self._ready = memoryview(b"")
        self._started = self._ended = False
        self._decided = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self._encoding = "utf-8"
        self._kept = b""  # the beginning of a letter whose end has not been read
        self._lines = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            block = self._read(_BLOCK)
            self._ended = not block
            self._ready = memoryview(self._recoded(block))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _recoded(self, block: bytes) -> bytes:
        if not self._started:
            block = self._start(block)
        if self._decoder is None and not self._decided:
            block, self._kept = self._kept + block, b""
            if not block.isascii():
                block = self._decide(block)
        if self._decoder is None:
            self._lines += block.count(b"\n")
            return block
        try:
            text = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise self._undecodable(error) from None
        self._lines += text.count("\n")
        return text.encode(errors="surrogateescape")

    def _start(self, block: bytes) -> bytes:
        """Take the encoding that is insisted on or that a byte order mark tells."""
        self._started = True
        for beginning, what in _NO_TEXT.items():
            if block.startswith(beginning):
                raise DataError(
                    f"{self._name} holds {what}, not text.",
                    "Give it the ending of what it is, such as .csv.gz, or save it as CSV.",
                )
        mark = next((mark for mark in _MARKS if block.startswith(mark)), b"")
        told = _MARKS[mark] if mark else _utf16_without_mark(block)
        if self._insisted is not None:
            normal = codecs.lookup(self._insisted).name
            same = told is not None and told.startswith(normal.removesuffix("-sig"))
            if mark and not same:
                raise DataError(
                    f"{self._name} begins with the byte order mark of {_spelt(_MARKS[mark])}.",
                    f"Leave out --encoding {self._insisted}.",
                )
            self._use(told if same and told else normal)
            return block.removeprefix(mark) if same else block
        if told == "utf-8":
            self._decided = True
        elif told is not None:
            self._use(told)
        while mark and block.startswith(mark):  # more than one, where programs wrote it in turn
            block = block.removeprefix(mark)
        return block

    def _use(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def _decide(self, block: bytes) -> bytes:
        """Decide for UTF-8 or another encoding, unless the only clue is cut off."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        text = decoder.decode(block)
        whole = len(text) - sum(map(str.isascii, text))
        damaged = sum("\udc80" <= letter <= "\udcff" for letter in text)
        if not whole and not self._ended:
            self._kept = bytes(decoder.getstate()[0])
            return block.removesuffix(self._kept)
        if whole - damaged >= damaged and whole:
            self._decided = True
            return block
        self._use(_guess(block, self._name))
        self._tell(
            f"{self._name} is not UTF-8; it is read as {_spelt(self._encoding)}. If letters look "
            "wrong, name its encoding with --encoding."
        )
        return block

    def _undecodable(self, error: UnicodeDecodeError) -> DataError:
        before = error.object[: error.start].decode(self._encoding, errors="replace")
        line = self._lines + before.count("\n") + 1
        remedy = "Name its encoding with --encoding"
        remedy += ", or leave that out to have it found out." if self._insisted else "."
        return DataError(f"{self._name} is not {_spelt(self._encoding)} in line {line}.", remedy)


def _utf16_without_mark(block: bytes) -> str | None:
    """Return the UTF-16 of which the zero bytes of the beginning tell, if there are some.

    In a language of other letters than ours, only digits, spaces and signs have them.
    """
    sample = block[:4096]
    least = len(sample) // 2 * _ZEROS
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if second > least and first < second / 10:
        return "utf-16-le"
    if first > least and second < first / 10:
        return "utf-16-be"
    return None


def _guess(block: bytes, name: str) -> str:
    """Return the encoding that lines which are not UTF-8 look like.

    A few accented letters fit many encodings, so where Windows-1252 (which Latin-1 is part
    of) is plausible, another one must look more like a language. Raises `DataError` if
    it is not clear which one it is.
    """
    from charset_normalizer import from_bytes

    lines = (line for line in block.splitlines(keepends=True) if not line.isascii())
    sample = b""
    for line in lines:
        sample += line
        if len(sample) > _SAMPLE:
            break
    found = from_bytes(sample[: 2 * _SAMPLE], cp_isolation=list(_IN_USE))
    # Encodings in which the lines read the same are one match.
    language = {each: match.coherence for match in found for each in match.could_be_from_charset}
    odd = {match.encoding: _odd_signs(str(match)) for match in found}
    least = min(odd.values(), default=0)
    matches = [match for match in found if odd[match.encoding] <= least + len(sample) * _MOST_ODD]
    matches.sort(key=lambda match: -match.coherence)
    likely = [match.encoding for match in matches]
    first, second = [*(match.coherence for match in matches), 0.0, 0.0][:2]
    if _is_western(sample) and first <= language.get("cp1252", 0.0) + _MORE:
        return "cp1252"
    if first < _MORE or first == second:
        may_be = f"; it may be {' or '.join(map(_spelt, likely[:3]))}" if likely else ""
        raise DataError(
            f"{name} is not UTF-8, and which encoding it is in is not clear{may_be}.",
            "Name its encoding with --encoding.",
        )
    return likely[0]


def _odd_signs(text: str) -> int:
    """Return how many characters of a text are none that a word begins with or has inside."""
    around = zip(f" {text}", text, f"{text[1:]} ", strict=False)
    return sum(
        unicodedata.category(sign) == "Cc"
        or (
            (before.isalpha() or before.isspace())
            and after.isalpha()
            and (unicodedata.category(sign)[0] in "SN" or sign in "¶§")
            and sign != "\N{ACUTE ACCENT}"  # an apostrophe to many
        )
        for before, sign, after in around
        if not sign.isascii()
    )


def _is_western(sample: bytes) -> bool:
    """Return whether bytes read as Windows-1252 are the letters and signs of its languages."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    others = [letter for letter in text if not letter.isascii()]
    letters = sum(map(str.isalpha, text))
    accented = sum(map(str.isalpha, others))
    return set(others) <= _WESTERN and accented <= letters * _MOST_ACCENTED


def _spelt(encoding: str) -> str:
    """Return the usual name of an encoding."""
    usual = {"cp1252": "Windows-1252", "latin_1": "Latin-1", "iso8859-1": "Latin-1"}
    spelt = usual.get(encoding, encoding.replace("_", "-"))
    return spelt.upper() if spelt.startswith("utf") else spelt.replace("cp125", "Windows-125")
