"""The bytes of a file, decompressed as they are read.

All files of rows are opened here. The standard library decompresses `.gz`, `.bz2` and
`.zip`, pyarrow `.zst`.
"""

import bz2
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from sentiment.data.files import open_binary
from sentiment.data.rows.kinds import only_member
from sentiment.errors import DataError

_BLOCK = 1 << 18  # bytes
# What the decompressors raise; for a file that ends too early, an EOFError or an OSError.
_DAMAGE = (OSError, EOFError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile)


@contextmanager
def open_content(path: Path) -> Iterator[IO[bytes]]:
    """Yield the decompressed content of a file, to be read once from its beginning.

    Raises `DataError`, now or while it is read, if it cannot be decompressed.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open_binary(path))
        compression = path.suffix.lower()
        if compression not in _OPENERS:
            yield file
            return
        try:
            content = _OPENERS[compression](path, file, stack)
        except _DAMAGE as error:
            raise _damaged(path, error) from None
        yield io.BufferedReader(_Decompressed(path, content), _BLOCK)


class _Decompressed(io.RawIOBase):
    """A decompressor whose errors are of the file that it reads."""

    def __init__(self, path: Path, content: Any) -> None:
        self._path = path
        self._content = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._content.read(len(buffer))
        except _DAMAGE as error:
            raise _damaged(self._path, error) from None
        buffer[: len(block)] = block
        return len(block)


def _gzip(_: Path, file: IO[bytes], stack: ExitStack) -> Any:
    return stack.enter_context(gzip.GzipFile(fileobj=file))


def _bzip2(_: Path, file: IO[bytes], stack: ExitStack) -> Any:
    return stack.enter_context(bz2.BZ2File(file))


def _zstandard(_: Path, file: IO[bytes], stack: ExitStack) -> Any:
    import pyarrow as pa

    return stack.enter_context(pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd"))


def _zip(path: Path, file: IO[bytes], stack: ExitStack) -> Any:
    archive = stack.enter_context(zipfile.ZipFile(file))
    return stack.enter_context(archive.open(only_member(path, archive)))


_OPENERS = {".gz": _gzip, ".bz2": _bzip2, ".zst": _zstandard, ".zip": _zip}


def _damaged(path: Path, error: Exception) -> DataError:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return DataError(f"{path} is encrypted.", "Decrypt it first.")
    return DataError(
        f"{path} cannot be decompressed: it is cut off, damaged or not {path.suffix} at all.",
        "Fetch or pack it again.",
    )
