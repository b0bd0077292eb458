"""The SHA-256 of each file of a folder, kept beside them, so that a damaged one is found and named.

The files of a model are read by several libraries, and most of them compute with whatever they
read. Which files a program needs is known where they are read. A large file has the hashes of
its pieces too: one core computes a hash from the front to the back, several cores check pieces.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from sentiment.errors import in_one_line

HASHES_FILE = "sha256.json"

PIECE = 16 << 20
"""Bytes of a piece: small enough that the last one keeps no core waiting."""

_THREADS = 4  # files or pieces hashed at once; reading them is the slower part from there on
_BUFFER = 1 << 18  # bytes, as `hashlib.file_digest` takes
_WHOLE = (0, sys.maxsize)  # the place and the bytes of a file as one piece

Hash = str | list[str]
"""In hexadecimal: that of a file, or of a large file and then of its pieces."""


def write_hashes(folder: Path) -> None:
    """Write the hashes of all files that lie in `folder` by now."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != HASHES_FILE]
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    large = [name for name in names if (folder / name).stat().st_size > PIECE]
    whole, pieces = _hashed(folder, names), _hashed(folder, large, in_pieces=large)
    hashes: dict[str, Hash] = {name: whole[name][0] for name in names}
    _write(folder, hashes | {name: [*whole[name], *pieces[name]] for name in large})


def read_hashes(folder: Path) -> dict[str, Hash] | None:
    """Return the hashes by the names of files, None where none were kept.

    Raises `ValueError` if what was kept is not what was written.
    """
    try:
        content = json.loads((folder / HASHES_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(content, dict) or not content:
        raise ValueError("it holds no hashes")
    own = content.pop(HASHES_FILE, None)  # which models have that were stored since it was written
    if own not in (None, _hash_of(content)):
        raise ValueError("its content has changed")
    return content


def forget_missing(folder: Path) -> None:
    """Keep only the hashes of files that lie in `folder`, after some were left out of it."""
    hashes = read_hashes(folder)
    if hashes is not None:
        _write(folder, {name: hashes[name] for name in hashes if (folder / name).is_file()})


def faults(folder: Path, hashes: Mapping[str, Hash], leave_out: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with each file that is not as it was, in words.

    `leave_out` are patterns of files that are not looked at, such as `onnx-*`.
    """
    names = _without(hashes, leave_out)
    large = [name for name in names if isinstance(hashes[name], list)]
    found = _hashed(folder, names, in_pieces=large)
    return [
        f"{name} {now if isinstance(now, str) else 'is damaged'}"
        for name, now in found.items()
        if now != (hashes[name][1:] if name in large else [hashes[name]])
    ]


def missing(folder: Path, hashes: Mapping[str, Hash], leave_out: Sequence[str] = ()) -> list[str]:
    """Return the same of files that are not there, without reading any."""
    names = _without(hashes, leave_out)
    return [f"{name} is missing" for name in names if not (folder / name).is_file()]


def _without(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    return [name for name in names if not any(fnmatch(name, each) for each in patterns)]


def _hashed(
    folder: Path, names: Sequence[str], in_pieces: Sequence[str] = ()
) -> dict[str, list[str] | str]:
    """Return the hash of each file, or those of its pieces, or why it has none, in words."""
    with ThreadPoolExecutor(_THREADS) as threads:
        begun = {
            name: [
                threads.submit(_hash, folder / name, place, size)
                for place, size in (_pieces(folder / name) if name in in_pieces else [_WHOLE])
            ]
            for name in names
        }
        return {name: _outcome(parts) for name, parts in begun.items()}


def _pieces(path: Path) -> list[tuple[int, int]]:
    """Return where the pieces of a file begin, and their bytes; one if there is no file."""
    size = path.stat().st_size if path.is_file() else 0
    return [(place, PIECE) for place in range(0, max(size, 1), PIECE)]


def _outcome(parts: Sequence[Future[str]]) -> list[str] | str:
    try:
        return [part.result() for part in parts]
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({in_one_line(error)})"


def _hash(path: Path, place: int, size: int) -> str:
    """Return the hash of at most `size` bytes of a file, from a place on."""
    if not path.is_file():  # a named pipe would be waited for
        raise FileNotFoundError
    digest, buffer = hashlib.sha256(), memoryview(bytearray(_BUFFER))
    with path.open("rb", buffering=0) as file:
        file.seek(place)
        while size and (read := file.readinto(buffer[:size])):
            digest.update(buffer[:read])
            size -= read
    return digest.hexdigest()


def _write(folder: Path, hashes: Mapping[str, Hash]) -> None:
    content = json.dumps({**hashes, HASHES_FILE: _hash_of(hashes)}, indent=1) + "\n"
    (folder / HASHES_FILE).write_text(content, encoding="utf-8")


def _hash_of(hashes: Mapping[str, Hash]) -> str:
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
