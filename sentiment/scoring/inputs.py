"""Which files are read, and where under the output their scores go."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentiment.data.rows import KINDS, find_kind, known_endings
from sentiment.errors import DataError, UsageError
from sentiment.scoring.formats import SUFFIXES


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

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """Yield a name and the SHA-256 of each file's content."""
        for path in self.files:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield str(path.relative_to(self.root)), f"SHA-256 {digest}"


def find_inputs(source: Path, output: Path) -> Inputs:
    """Return the files of `source`, a file or a folder; the output is one likewise.

    In a folder, the scores of a file are written under the same name and in the same
    format, or as JSON Lines where that format cannot be written. Files and folders whose
    names begin with a dot or with `_`, such as Spark's `_SUCCESS`, are skipped. Raises
    `SentimentError` if there is nothing to read, or the output cannot be written there.
    """
    if not source.is_dir():
        if not source.is_file():
            raise DataError(f"No such file or folder: {source}.", "Pass one that is there.")
        if output.suffix.lower() not in SUFFIXES:
            raise UsageError(
                f"{output} has an ending that is not known: {output.suffix or 'none'}.",
                f"Known are {', '.join(SUFFIXES)}.",
            )
        return Inputs(source.parent, [source], [Path()], [])
    if output.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{output} lies in the folder that is read.", "Name an output outside.")
    names = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
    names = [name for name in names if not any(part[0] in "._" for part in name.parts)]
    known = [name for name in names if find_kind(source / name) is not None]
    if not known:
        raise DataError(f"{source} holds no file to read.", known_endings(KINDS))
    left_out = [str(name) for name in names if name not in set(known)]
    return Inputs(source, [source / name for name in known], list(map(_target, known)), left_out)


def _target(name: Path) -> Path:
    return name if name.suffix.lower() in SUFFIXES else name.with_name(f"{name.name}.jsonl")
