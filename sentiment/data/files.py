"""The one place where a file is opened for reading, on disk or at an address.

It says how large a file is, what its content is known by, which files a folder holds, and
how far into a file its reader has come.
"""

import contextlib
import hashlib
import io
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar, cast

from sentiment.data import remote
from sentiment.data.remote import RemotePath

_BUFFER_BYTES = 1 << 18

Item = TypeVar("Item")


@dataclass
class Meter:
    """How far into the file that was opened last its reader has come, in bytes."""

    position: int = 0


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


def open_binary(path: Path) -> io.BufferedReader:
    """Open a file for reading; raise `OSError` on disk, `SentimentError` elsewhere.

    At an address every error while reading is a `SentimentError` too.
    """
    if isinstance(path, RemotePath):
        source = remote.open_remote(path)
    else:
        source = cast(IO[bytes], path.open("rb", buffering=0))
    return io.BufferedReader(_Source(path, source, _METER.get()), _BUFFER_BYTES)


def metered(items: Iterator[Item], meter: Meter) -> Iterator[Item]:
    """Yield items whose making reads files, and let `meter` follow that."""
    while True:
        token = _METER.set(meter)
        try:
            item = next(items)
        except StopIteration:
            return
        finally:
            _METER.reset(token)
        yield item


def size(path: Path) -> int | None:
    """Return the size of a file in bytes, or None where its server does not tell."""
    if not isinstance(path, RemotePath):
        return path.stat().st_size
    found: int | None = (remote.info(path) or {}).get("size")
    return found


def fingerprint(path: Path) -> str:
    """Return what tells the content of a file apart: what its server says, or its SHA-256."""
    if isinstance(path, RemotePath) and (known := remote.identity(path)):
        return known
    with open_binary(path) as file:
        return f"SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"


def listing(folder: Path) -> list[Path]:
    """Return everything under a folder, sorted; at an address, where only files are, those."""
    if isinstance(folder, RemotePath):
        return remote.listing(folder)
    return sorted(folder.rglob("*"))


class _Source(io.RawIOBase):
    """An open file whose errors are told, and whose place a meter follows."""

    def __init__(self, path: Path, source: IO[bytes], meter: Meter | None) -> None:
        self._path, self._source, self._meter = path, source, meter
        self._is_remote = isinstance(path, RemotePath)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._source.seekable()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with self._told():
            content = self._source.read(len(buffer))
        buffer[: len(content)] = content
        if self._meter is not None:
            self._meter.position = self._source.tell()
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._told():
            return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _told(self) -> contextlib.AbstractContextManager[None]:
        return remote.told(self._path) if self._is_remote else contextlib.nullcontext()
