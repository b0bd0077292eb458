"""What a file holds and how it is compressed, by its name."""

import zipfile
from pathlib import Path

from sentiment.data.files import open_binary
from sentiment.errors import DataError

TABLES = (".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".parquet")
"""The endings of files whose rows have columns."""
KINDS = (".txt", *TABLES)
"""The endings of all files that can be read; a text file has one text a line."""
SEPARATED = (".csv", ".tsv")
COMPRESSIONS = (".gz", ".bz2", ".zst", ".zip")
"""What may follow each of these endings; a zip file may also have that ending alone."""

_TARRED = (".tar", ".tgz", ".tbz2", ".txz")
_MOST_NAMED = 5  # members of a zip file in an error


def find_kind(path: Path) -> str | None:
    """Return which of `KINDS` a file is, whatever it is compressed with, or None.

    Only of a zip file whose own name does not say it is the content looked at.
    """
    ending = path.suffix.lower()
    if ending in COMPRESSIONS:
        inside = Path(path.stem).suffix.lower()
        if ending == ".zip" and inside not in KINDS:
            return _kind_inside(path)
        ending = inside
    return ending if ending in KINDS else None


def only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the file that a zip file holds; raise `DataError` unless it is one file.

    What macOS and hidden files put beside it does not count.
    """
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not any(part[0] in "._" for part in Path(member.filename).parts if part)
    ]
    if len(members) != 1:
        names = ", ".join(member.filename for member in members[:_MOST_NAMED]) or "none"
        raise DataError(
            f"{path} holds {len(members)} files ({names}{', …' * (len(members) > _MOST_NAMED)}).",
            "Pass a zip file that holds one, or unpack it.",
        )
    return members[0]


def unknown_kind(path: Path, kinds: tuple[str, ...] = TABLES, else_: str = "") -> DataError:
    """Return the error about a file of none of `kinds`; of a zip file, what is in it.

    `else_` is what can be done with a file that is not packed.
    """
    ending, inside = path.suffix.lower(), Path(path.stem).suffix
    if ending == ".zip":
        try:
            with open_binary(path) as file, zipfile.ZipFile(file) as archive:
                name = only_member(path, archive).filename
        except (OSError, zipfile.BadZipFile):
            return DataError(f"{path} is no zip file, or a damaged one.", "Fetch or pack it again.")
        except DataError as error:
            return error
        if Path(name).suffix.lower() in COMPRESSIONS:
            return DataError(
                f"{path} holds {name}, which is packed itself.",
                f"Unpack {path.name}, and pass what is in it.",
            )
        return DataError(
            f"{path} holds {name}, which has an ending that is not known.", known_endings(kinds)
        )
    if ending in _TARRED or inside.lower() == ".tar":
        return DataError(
            f"{path} is an archive of files by its name.", "Unpack it, and pass one of them."
        )
    if ending in COMPRESSIONS:
        return DataError(
            f"{path} has an ending that is not known: {inside}{path.suffix}.",
            f"Name it for what is in it, such as {Path(path.stem).stem}.csv{ending}. "
            + known_endings(kinds),
        )
    return DataError(
        f"{path} has an ending that is not known: {path.suffix or 'none'}.",
        f"{known_endings(kinds)} {else_}".strip(),
    )


def known_endings(kinds: tuple[str, ...] = TABLES) -> str:
    """Return what an error says of the files that can be read."""
    return f"Known are {', '.join(kinds)}, each also as {', '.join(COMPRESSIONS)}."


def _kind_inside(path: Path) -> str | None:
    try:
        with open_binary(path) as file, zipfile.ZipFile(file) as archive:
            ending = Path(only_member(path, archive).filename).suffix.lower()
    except (OSError, zipfile.BadZipFile, DataError):
        return None
    return ending if ending in KINDS else None
