"""Files that appear complete or not at all, even after a loss of power."""

import os
import tempfile
from pathlib import Path

from sentiment.errors import UsageError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write `content` to a temporary file and move it to `path`; raise `UsageError` on failure."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
            partial = Path(scratch) / path.name
            with partial.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from None


def require_writable(path: Path) -> None:
    """Raise `UsageError` now rather than after the work if `path` cannot be written."""
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written.", "Name a file in a folder that exists.")
