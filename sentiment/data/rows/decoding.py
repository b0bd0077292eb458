"""From bytes to text: which encoding a file is in, found out as it is read.

Lines that are UTF-8 are read as such. If others are not, one encoding is decided on for all
of these, by `guessing`, and told once, so that a file which changes its encoding on the way
is read as it was meant. A file without a line of UTF-8 fits its encoding or is refused once.
"""

import codecs
import io
from collections.abc import Sequence
from typing import IO, Any

from sentiment.data.rows.guessing import SEVERAL_BYTES, encodings_like
from sentiment.data.rows.partly_utf8 import (
    excerpt,
    is_mostly_utf8,
    is_utf8,
    mended,
    without_utf8,
)
from sentiment.data.rows.row import Tell
from sentiment.errors import DataError

_BLOCK = 1 << 18  # bytes: what is looked at to find out an encoding
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
    b"\xfd7zXZ": "xz data",
    b"7z\xbc\xaf": "a 7z archive",
    b"PK\x03\x04": "a zip file or an Excel sheet",
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow or Feather",
    b"\xd0\xcf\x11\xe0": "an Excel sheet",
    b"SQLite format 3": "a data base of SQLite",
    b"%PDF": "a PDF",
}
_TAR = slice(257, 262), b"ustar"  # where a tar archive says what it is
_ZEROS = 0.02  # of the characters of a table: commas and ends of lines
_CHANCE = 0.1  # of lines in letters of several bytes, that they look like UTF-8: far fewer do


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
    """Content in any encoding, as UTF-8."""

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
        self._encoding = ""
        """That of all that is read, or of the lines that are not UTF-8."""
        self._decoder: codecs.IncrementalDecoder | None = None  # if it is that of all
        self._has_utf8 = False  # in letters that are not ASCII
        self._kept = b""  # the beginning of a line whose end has not been read
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
        decoder = self._decoder
        if decoder is None:
            block, self._kept = _at_line_end(self._kept + block, self._ended)
            if is_utf8(block):
                self._found_utf8(block)
                self._lines += block.count(b"\n") or block.count(b"\r")
                return block
            lines = block.splitlines(keepends=True)
            decoder = self._decided(lines)
            if decoder is None:
                return "".join(map(self._read_line, lines)).encode(errors="surrogateescape")
            block, self._kept = block + self._kept, b""
        return self._decoded(decoder, block)

    def _decoded(self, decoder: codecs.IncrementalDecoder, block: bytes) -> bytes:
        """Return what is all in one encoding as UTF-8."""
        try:
            text = decoder.decode(block, final=self._ended)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self._encoding, errors="replace")
            raise self._undecodable(before.count("\n")) from None
        self._lines += text.count("\n")
        return text.encode(errors="surrogateescape")

    def _start(self, block: bytes) -> bytes:
        """Take the encoding that is insisted on or that a byte order mark tells."""
        self._started = True
        what = next((what for each, what in _NO_TEXT.items() if block.startswith(each)), None)
        if block[_TAR[0]] == _TAR[1]:
            what = "a tar archive"
        if what is not None:
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
        self._has_utf8 = told == "utf-8"
        if told is not None and not self._has_utf8:
            self._use(told)
        while mark and block.startswith(mark):  # more than one, where programs wrote it in turn
            block = block.removeprefix(mark)
        return block

    def _use(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def _decided(self, lines: Sequence[bytes]) -> codecs.IncrementalDecoder | None:
        """Decide on the encoding of lines that are not UTF-8, once; return its decoder if all are
        in it, for which a letter may take several bytes.
        """
        if not self._encoding:
            self._decide(lines)
        return self._decoder

    def _decide(self, lines: Sequence[bytes]) -> None:
        """Decide on the encoding of the lines that are not UTF-8, and tell it."""
        place, first = next((at, line) for at, line in enumerate(lines) if not is_utf8(line))
        number = self._lines + place + 1
        bad = [line for line in lines if not is_utf8(line)]
        likely = encodings_like(b"".join(map(without_utf8, bad)))
        if not likely:
            raise DataError(
                f"{self._name} is not UTF-8 in line {number}, and no text in any other encoding "
                "that is known.",
                "Check that it is a text file, or name its encoding with --encoding.",
            )
        good = sum(not line.isascii() for line in lines) - len(bad)
        chance = _CHANCE * len(bad) if likely[0] in SEVERAL_BYTES else 0
        self._has_utf8 |= good > chance or is_mostly_utf8(b"".join(bad))
        self._encoding = likely[0]
        read = f"read as {_spelt(likely[0])}"
        if len(likely) > 1:
            read += f", though it may be {' or '.join(map(_spelt, likely[1:3]))}"
        read += f": {excerpt(first, likely[0])}. If letters look wrong,"
        if not self._has_utf8:
            self._tell(
                f"{self._name} is not UTF-8; it is {read} name its encoding with --encoding."
            )
            if likely[0] in SEVERAL_BYTES:
                self._use(likely[0])
            return
        self._tell(
            f"{self._name} is UTF-8, but not in line {number} and maybe others, which are {read} "
            "name the encoding of all of the file with --encoding, or mend those."
        )

    def _read_line(self, line: bytes) -> str:
        """Return a line; if most of it is UTF-8, only what is not is read as the other encoding."""
        if is_utf8(line):
            self._found_utf8(line)
        self._lines += 1
        if line.isascii() or is_mostly_utf8(line):
            return mended(line, self._encoding)
        try:
            return line.decode(self._encoding, "replace" if self._has_utf8 else "strict")
        except UnicodeDecodeError:
            raise self._undecodable(-1) from None

    def _found_utf8(self, content: bytes) -> None:
        """Note that there is UTF-8, and tell it if another encoding had been decided on."""
        if self._has_utf8 or content.isascii():
            return
        self._has_utf8 = True
        if self._encoding:
            self._tell(
                f"{self._name} is UTF-8 in line {self._lines + 1} and maybe others, which are "
                "read so. If letters look wrong, name the encoding of all of the file with "
                "--encoding."
            )

    def _undecodable(self, line_ends: int) -> DataError:
        """Return the error about the line behind so many ends of lines."""
        remedy = "Name its encoding with --encoding"
        remedy += ", or leave that out to have it found out." if self._insisted else "."
        number = self._lines + line_ends + 1
        return DataError(f"{self._name} is not {_spelt(self._encoding)} in line {number}.", remedy)


def _at_line_end(content: bytes, ended: bool) -> tuple[bytes, bytes]:
    """Return content up to the last end of a line in it, and the rest.

    Where a line is longer than what is read at once it is cut behind a sign that is no part
    of a letter in any encoding.
    """
    if ended or content.endswith(b"\n") or (len(content) >= _BLOCK and content.isascii()):
        return content, b""
    end = max(content.rfind(b"\n"), content.rfind(b"\r", 0, -1)) + 1
    if not end and len(content) >= _BLOCK:
        end = max(content.rfind(sign) for sign in (b" ", b",", b'"', b"\t")) + 1
    return content[:end], content[end:]


def _utf16_without_mark(block: bytes) -> str | None:
    """Return the UTF-16 of which the zero bytes of the beginning tell, if there are some.

    In a language of other letters than ours, only digits, spaces and signs have them; the
    ends of lines do in all, but not where a zero byte merely strayed into a text.
    """
    sample = block[:4096]
    ends = sample.count(b"\n")
    least = len(sample) // 2 * _ZEROS
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if second > least and first < second / 10 and 2 * sample.count(b"\n\0") >= ends:
        return "utf-16-le"
    if first > least and second < first / 10 and 2 * sample.count(b"\0\n") >= ends:
        return "utf-16-be"
    return None


def _spelt(encoding: str) -> str:
    """Return the usual name of an encoding."""
    spelt = "Latin-1" if encoding == "iso8859-1" else encoding.replace("_", "-")
    if spelt.startswith("utf"):
        return spelt.upper()
    return spelt.replace("cp125", "Windows-125").replace("iso8859", "ISO-8859")
