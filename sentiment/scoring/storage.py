"""Where outputs are written: on a disk, or at an address.

A disk can rename, so a whole folder appears at once. An object store cannot, but there an
object appears when its upload is complete; so each file of a folder appears whole, and the
record of the run comes last.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sentiment.atomic_files import write_atomically
from sentiment.data import remote
from sentiment.data.files import open_binary
from sentiment.data.remote import RemotePath
from sentiment.errors import UsageError


class Storage(Protocol):
    """What an unfinished run needs of the place where it is kept."""

    renames: bool
    """Whether a folder appears under its name at once."""

    def names(self, folder: Path) -> list[str]:
        """Return the names in a folder, none if it is not there."""
        ...

    def make(self, folder: Path) -> None:
        """Make a folder if it is not there; raise `UsageError` if that cannot be done."""
        ...

    def write(self, path: Path, content: str | bytes) -> None:
        """Write a file that appears whole or not at all."""
        ...

    def building(self, folder: Path) -> contextlib.AbstractContextManager[Path]:
        """Provide an empty folder on disk, to build an output in before it is published."""
        ...

    def publish(self, built: Path, output: Path) -> None:
        """Move what was built to the output's name."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder and what is in it; it need not be there."""
        ...


def storage_of(path: Path) -> Storage:
    """Return the storage that a path or an address lies in."""
    return _Remote() if isinstance(path, RemotePath) else _Disk()


def read(path: Path) -> str | None:
    """Return a file's content, or None if it is not there."""
    try:
        if isinstance(path, RemotePath) and not path.is_file():
            return None
        with open_binary(path) as file:
            return file.read().decode()
    except FileNotFoundError:
        return None


class _Disk:
    """A file system that renames."""

    renames = True

    def names(self, folder: Path) -> list[str]:
        try:
            return [entry.name for entry in folder.iterdir()]
        except FileNotFoundError:
            return []

    def make(self, folder: Path) -> None:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{folder} cannot be made: {error.strerror}.",
                "Name an output in a folder that exists.",
            ) from None

    def write(self, path: Path, content: str | bytes) -> None:
        write_atomically(path, content)

    @contextlib.contextmanager
    def building(self, folder: Path) -> Iterator[Path]:
        place = folder / "whole"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        yield place

    def publish(self, built: Path, output: Path) -> None:
        os.replace(built, output)

    def remove(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


class _Remote:
    """An object store, in which folders are only parts of names; or Hadoop, which has both."""

    renames = False

    def names(self, folder: Path) -> list[str]:
        found = remote.listing(folder) if remote.info(folder) is not None else []
        return sorted({path.relative_to(folder).parts[0] for path in found})

    def make(self, folder: Path) -> None:
        """Do nothing: a folder is there when a file in it is."""

    def write(self, path: Path, content: str | bytes) -> None:
        remote.write(path, content.encode() if isinstance(content, str) else content)

    @contextlib.contextmanager
    def building(self, folder: Path) -> Iterator[Path]:  # noqa: ARG002 -- not on this disk
        with tempfile.TemporaryDirectory(prefix="sentiment-") as scratch:
            yield Path(scratch)

    def publish(self, built: Path, output: Path) -> None:
        files = [built] if built.is_file() else sorted(built.rglob("*"))
        for path in files:
            if path.is_file():
                remote.upload(path, output / path.relative_to(built))

    def remove(self, path: Path) -> None:
        remote.remove(path)
