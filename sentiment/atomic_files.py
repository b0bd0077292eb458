"""Files that appear complete or not at all, even after a loss of power."""

import contextlib
import os
import stat
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
            _keep_permissions(path, partial)
            os.replace(partial, path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from None


def _keep_permissions(path: Path, partial: Path) -> None:
    """Give to what replaces a file the owner and the mode of that file, if there is one."""
    try:
        before = path.stat()
    except FileNotFoundError:
        return
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):  # only root gives files away
            os.chown(partial, before.st_uid, before.st_gid)
    partial.chmod(stat.S_IMODE(before.st_mode))


def require_writable(path: Path) -> None:
    """Raise `UsageError` now rather than after the work if `path` cannot be written."""
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written.", "Name a file in a folder that exists.")
