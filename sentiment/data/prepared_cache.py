"""Prepared rows in the user's cache: a folder for each source and way of reading it.

A folder appears whole or not at all, and is removed when nothing has used it for a month.
"""

import atexit
import hashlib
import json
import os
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sentiment.errors import DataError
from sentiment.user_cache import user_cache

_HASHED_BYTES = 16 << 20  # of a file: up to this size its content tells it apart, else its mtime
_UNUSED_S = 30 * 86_400


def identity_of(path: Path) -> list[Any]:
    """Return what tells whether a file is still the same: path, size, and content or mtime."""
    try:
        status = path.stat()
        if status.st_size > _HASHED_BYTES:
            return [str(path.resolve()), status.st_size, status.st_mtime_ns]
        content = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    return [str(path.resolve()), status.st_size, content]


def folder_of(identity: Any) -> Path:
    """Return where the rows of an identity, anything that JSON can hold, lie or will lie.

    It depends on the code that reads and cleans, too.
    """
    named = json.dumps([identity, _code(), unicodedata.unidata_version], sort_keys=True)
    name = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
    return user_cache() / "prepared" / name


def touch(folder: Path) -> bool:
    """Return whether a folder is there, and note that it is used."""
    try:
        os.utime(folder)
    except PermissionError:  # of another user, who keeps it fresh
        return True
    except OSError:
        return False
    return True


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to fill, which becomes `target` at the end.

    Where the cache cannot be written, it stays where it is, until this process ends.
    Raises `DataError` when there is no room.
    """
    scratch = _scratch(target.parent)
    try:
        yield scratch
        if scratch.parent == target.parent and not target.is_dir():
            scratch.rename(target)
        _forget_unused(target.parent)
    except OSError as error:
        if target.is_dir():  # another process was faster
            return
        raise DataError(
            f"Prepared rows cannot be written to {scratch}: {error.strerror or error}.",
            "Make room, or let XDG_CACHE_HOME name another place.",
        ) from None
    finally:
        if scratch.parent == target.parent:
            shutil.rmtree(scratch, ignore_errors=True)


def _scratch(parent: Path) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=parent, prefix="."))
    except OSError:
        scratch = Path(tempfile.mkdtemp(prefix="sentiment-prepared-"))
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        return scratch


def _forget_unused(parent: Path) -> None:
    """Remove folders that nothing has used for long, and what interrupted runs left."""
    for folder in parent.iterdir() if parent.is_dir() else ():
        try:
            if time.time() - folder.stat().st_mtime > _UNUSED_S:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # another process has removed it
            continue


def _code() -> str:
    """Return a hash of the code that decides what is prepared."""
    package = Path(__file__).parents[1]
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted([package / "text.py", *(package / "data").rglob("*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()
