"""The file of API keys: a line a key, without the keys themselves.

    NAME sha256:HASH roles=predict,metrics per-minute=600 tokens-per-minute=90000 until=2027-12-31

What follows the hash may be left out, but for the roles. Empty lines and those that begin with
`#` are comments, and stay. The server reads the file, and `python -m sentiment.keys` writes it.
"""

import codecs
import contextlib
import errno
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import cast

from sentiment.atomic_files import write_atomically
from sentiment.errors import DataError, UsageError, listed
from sentiment.serving.access.keys import ApiKey
from sentiment.serving.access.roles import KEY_ROLES, KeyRole

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._@-]{0,61}[A-Za-z0-9])?")
MOST_PER_MINUTE = 1_000_000_000

_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_MOST_BYTES = 8 << 20  # of a file; 50,000 keys
_FIELDS = ("roles", "per-minute", "tokens-per-minute", "until")


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """Return the keys of a file; raise `DataError` where it cannot be read or understood.

    The error names the line and never shows it: somebody may have pasted a key there.
    """
    return tuple(key for _, key in _lines(path) if key is not None)


def add_key(path: Path, key: ApiKey) -> None:
    """Write a key into a file, which is made if there is none; other lines stay as they are."""
    with _alone(path):
        lines = [line for line, _ in _lines(path)] if path.exists() else []
        _write(path, [*lines, line_of(key)])


def remove_keys(path: Path, unwanted: Callable[[ApiKey], bool]) -> list[ApiKey]:
    """Remove the keys of a file that are unwanted, if any; return them."""
    with _alone(path):
        lines = _lines(path)
        removed = [key for _, key in lines if key is not None and unwanted(key)]
        if removed:
            _write(path, [line for line, key in lines if key is None or key not in removed])
    return removed


def line_of(key: ApiKey) -> str:
    """Return the line of a key."""
    fields = {
        "roles": ",".join(key.roles),
        "per-minute": key.per_minute,
        "tokens-per-minute": key.tokens_per_minute,
        "until": key.until,
    }
    given = [f"{name}={value}" for name, value in fields.items() if value is not None]
    return " ".join([key.name, f"sha256:{key.hash}", *given])


def _write(path: Path, lines: list[str]) -> None:
    write_atomically(path, "".join(f"{line}\n" for line in lines))


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other writers of the same folder out, so that none undoes what another has written."""
    try:
        import fcntl
    except ImportError:  # Windows, where the last writer wins
        yield
        return
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that exists."
        ) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _lines(path: Path) -> list[tuple[str, ApiKey | None]]:
    """Return each line of a file with its key, None for a comment."""
    try:
        content = _content(path)
    except OSError as error:
        raise DataError(
            f"The keys cannot be read from {path}: {error.strerror}.",
            "Name a file that `python -m sentiment.keys add` has written.",
        ) from None
    if len(content) > _MOST_BYTES:
        raise DataError(f"{path} has more than {_MOST_BYTES:,} bytes.", "It is no file of keys.")
    try:
        lines = [line.decode() for line in content.removeprefix(codecs.BOM_UTF8).splitlines()]
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8.", "Save it as UTF-8.") from None
    found = [(line, _key(line, f"Line {place} of {path}")) for place, line in enumerate(lines, 1)]
    _check_repeated(path, [key.hash for _, key in found if key is not None])
    return found


def _content(path: Path) -> bytes:
    """Return the bytes of a file, at most one too many; whoever names a pipe is not waited for."""
    at_once = getattr(os, "O_NONBLOCK", 0)
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | at_once)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "It is no regular file")
        return file.read(_MOST_BYTES + 1)


def _check_repeated(path: Path, hashes: list[str]) -> None:
    if twice := [each[:12] for each, count in Counter(hashes).items() if count > 1]:
        raise DataError(f"{path} has keys twice: {listed(twice)}.", "Remove one line of each.")


def _key(line: str, where: str) -> ApiKey | None:
    """Return the key of a line, None for a comment; raise `DataError` for anything else."""
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    named, hashed = NAME.fullmatch(words[0]), _HASH.fullmatch(words[1] if words[1:] else "")
    if named is None or hashed is None:
        raise DataError(
            f"{where} does not begin with a name and sha256: with 64 hexadecimal digits.",
            "Remove it, and add the key with `python -m sentiment.keys add`.",
        )
    fields: dict[str, str] = {}
    for word in words[2:]:
        name, sign, value = word.partition("=")
        if name not in _FIELDS or not sign or name in fields:
            raise DataError(
                f"{where} has a field that is unknown, without value or there twice.",
                f"There are {', '.join(f'{each}=…' for each in _FIELDS)}.",
            )
        fields[name] = value
    try:
        return ApiKey(
            words[0],
            hashed[1],
            _roles(fields.get("roles", "")),
            _amount(fields.get("per-minute")),
            _amount(fields.get("tokens-per-minute")),
            date.fromisoformat(fields["until"]) if "until" in fields else None,
        )
    except ValueError:
        raise DataError(
            f"{where} has a bad value.",
            f"roles are of {', '.join(KEY_ROLES)} with commas between them, limits numbers up to "
            f"{MOST_PER_MINUTE:,}, and until is a day such as 2027-12-31.",
        ) from None


def _roles(value: str) -> tuple[KeyRole, ...]:
    roles = value.split(",")
    if not set(roles) <= set(KEY_ROLES):
        raise ValueError
    return cast(tuple[KeyRole, ...], tuple(dict.fromkeys(roles)))


def _amount(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 11):
        raise ValueError
    if int(value) > MOST_PER_MINUTE:
        raise ValueError
    return int(value)
