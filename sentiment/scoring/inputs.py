"""Which files are read, and where under the output their scores go."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sentiment.data import remote
from sentiment.data.files import fingerprint, listing
from sentiment.data.remote import RemotePath
from sentiment.data.rows import COMPRESSIONS, KINDS, find_kind, known_endings
from sentiment.errors import DataError, UsageError
from sentiment.scoring.formats import SUFFIXES
from sentiment.scoring.partial_output import written_beside

_AT_ONCE = 16
_NAMED = 10  # of the files that are left out

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Inputs:
    """The files to read, sorted by name, and for each the file of scores to write.

    Paths in `targets` are relative to the output.
    """

    root: Path
    files: list[Path]
    targets: list[Path]
    left_out: list[str]
    """Names of the folder's files that are not read, because their kind is not known."""

    def left_out_in_words(self) -> str:
        """Return the names that are left out, some of them if they are many."""
        more = len(self.left_out) - _NAMED
        return ", ".join(self.left_out[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """Yield each file's name and what tells its content apart."""
        for path, digest in zip(self.files, self.each(fingerprint), strict=True):
            yield str(path.relative_to(self.root)), digest

    def each(self, function: Callable[[Path], Answer]) -> list[Answer]:
        """Return what a function gives for each file, raising what the first one raises.

        At an address, where each question waits for its answer, many are asked at once.
        """
        if not any(isinstance(path, RemotePath) for path in self.files):
            return list(map(function, self.files))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(function, self.files))


def find_inputs(source: Path, output: Path) -> Inputs:
    """Return the files of `source`, a file or a folder; the output is one likewise.

    In a folder, the scores of a file are written under the name that `targets` gives.
    Files and folders whose names begin with a dot or with `_`, such as Spark's `_SUCCESS`,
    are skipped. Raises `SentimentError` if there is nothing to read, if the output cannot
    be written there, or if a file would be written twice or is also read.
    """
    remote.require_writable(output)
    if isinstance(output, RemotePath) and len(output.parts) < len(("scheme:", "bucket", "name")):
        raise UsageError(f"{output} is all of a bucket.", f"Name an output in it: {output}/scores.")
    inputs = _in_folder(source, output) if source.is_dir() else _one_file(source, output)
    for path in inputs.files:
        for written in written_beside(output):
            if path.resolve().is_relative_to(written.resolve()):
                raise UsageError(
                    f"{path} is read, and the output would replace it.", "Name another output."
                )
    return inputs


def targets(names: Sequence[Path]) -> list[Path]:
    """Return for each file of a folder the name of its scores, without how it is packed.

    They are of the same format, or JSON Lines where that format cannot be written. Raises
    `UsageError` if two have one name, on file systems too that do not tell `a` from `A`, or
    if one would have to be a file and a folder at once.
    """
    found = [_target(name) for name in names]
    owners: dict[tuple[str, ...], Path] = {}
    for name, target in zip(names, found, strict=True):
        if (other := owners.setdefault(_folded(target), name)) is not name:
            raise UsageError(
                f"The scores of {other} and of {name} would both be {target}.",
                "Rename one of them, or score them one by one.",
            )
    for name, target in zip(names, found, strict=True):
        parts = _folded(target)
        for owner in (owners.get(parts[:length]) for length in range(1, len(parts))):
            if owner is not None:
                raise UsageError(
                    f"The scores of {owner} would be a file of the name of a folder, which those "
                    f"of {name} need.",
                    "Rename one of them, or score them one by one.",
                )
    return found


def _one_file(source: Path, output: Path) -> Inputs:
    if not source.is_file():
        raise DataError(f"No such file or folder: {source}.", "Pass one that is there.")
    if output.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{output} has an ending that is not known: {output.suffix or 'none'}.",
            f"Known are {', '.join(SUFFIXES)}.",
        )
    return Inputs(source.parent, [source], [Path()], [])


def _in_folder(source: Path, output: Path) -> Inputs:
    if any(each.resolve().is_relative_to(source.resolve()) for each in written_beside(output)):
        raise UsageError(f"{output} lies in the folder that is read.", "Name an output outside.")
    found = listing(source)
    names = [
        path.relative_to(source) for path in found if isinstance(path, RemotePath) or path.is_file()
    ]
    names = [name for name in names if not any(part[0] in "._" for part in name.parts)]
    known = [name for name in names if find_kind(source / name) is not None]
    if not known:
        raise DataError(f"{source} holds no file to read.", known_endings(KINDS))
    left_out = [str(name) for name in names if name not in set(known)]
    left_out += [f"{path.relative_to(source)}/" for path in found if _is_linked_folder(path)]
    return Inputs(source, [source / name for name in known], targets(known), left_out)


def _is_linked_folder(path: Path) -> bool:
    return not isinstance(path, RemotePath) and path.is_symlink() and path.is_dir()


def _target(name: Path) -> Path:
    plain = name.with_suffix("") if name.suffix.lower() in COMPRESSIONS else name
    return plain if plain.suffix.lower() in SUFFIXES else plain.with_name(f"{plain.name}.jsonl")


def _folded(path: Path) -> tuple[str, ...]:
    """Return what a file system compares that is blind to case and to forms of Unicode."""
    return tuple(unicodedata.normalize("NFC", part).casefold() for part in path.parts)
