"""The SHA-256 of each file of a folder, kept beside them, so that a damaged one is found and named.

The files of a model are read by several libraries, and most of them compute with whatever they
read. Which files a program needs is known where they are read.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from sentiment.errors import in_one_line

HASHES_FILE = "sha256.json"

_THREADS = 4  # files hashed at once; reading them is the slower part from there on


def write_hashes(folder: Path) -> None:
    """Write the hashes of all files that lie in `folder` by now."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != HASHES_FILE]
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    _write(folder, dict(zip(names, _hashed(folder, names), strict=True)))


def read_hashes(folder: Path) -> dict[str, str] | None:
    """Return the hashes by the names of files, None where none were kept.

    Raises `ValueError` if what was kept is not readable.
    """
    try:
        content = json.loads((folder / HASHES_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(content, dict):
        raise ValueError(f"{HASHES_FILE} holds no object")
    return content


def forget_missing(folder: Path) -> None:
    """Keep only the hashes of files that lie in `folder`, after some were left out of it."""
    hashes = read_hashes(folder)
    if hashes is not None:
        _write(folder, {name: hashes[name] for name in hashes if (folder / name).is_file()})


def faults(folder: Path, hashes: Mapping[str, str], leave_out: Sequence[str]) -> list[str]:
    """Return what is wrong with each file that is not as it was, in words.

    `leave_out` are patterns of files that are not looked at, such as `onnx-*`.
    """
    names = _without(hashes, leave_out)
    found = _hashed(folder, names)
    return [
        f"{name} {now if ' ' in now else 'is damaged'}"
        for name, now in zip(names, found, strict=True)
        if now != hashes[name]
    ]


def missing(folder: Path, hashes: Mapping[str, str], leave_out: Sequence[str]) -> list[str]:
    """Return the same of files that are not there, without reading any."""
    names = _without(hashes, leave_out)
    return [f"{name} is missing" for name in names if not (folder / name).is_file()]


def _without(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    return [name for name in names if not any(fnmatch(name, each) for each in patterns)]


def _hashed(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the hash of each file in hexadecimal, or why it has none, in words."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(lambda name: _hash(folder / name), names))


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({in_one_line(error)})"


def _write(folder: Path, hashes: Mapping[str, str]) -> None:
    content = json.dumps(hashes, indent=1) + "\n"
    (folder / HASHES_FILE).write_text(content, encoding="utf-8")
