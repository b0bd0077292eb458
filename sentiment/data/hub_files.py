"""CSV and JSON files of a data set in the hub's layout, read as `--data FILE` is.

Which file is of which split, `datasets` says: by names, or by the `configs` of the card. What else
the card says of them is in `hub_card`. Other formats, and files that the reader of rows does not
know, are for `hub_tables`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.data.findings import Findings
from sentiment.data.hub_card import writing
from sentiment.data.hub_places import OF_TEXT
from sentiment.data.labelled_files import prepare_files
from sentiment.data.prepared import Prepared
from sentiment.data.rows import TABLES, find_kind, require_used
from sentiment.errors import listed
from sentiment.settings import DataSettings

_OF_THE_HUB = "hf://"


@dataclass(frozen=True)
class HubFiles:
    """The files of each split, under the data set's own names for these."""

    settings: DataSettings
    """With what the card says of how the files are written."""
    files: Mapping[str, Sequence[Path]]
    names: Sequence[str]

    def splits(self) -> list[str]:
        """Return what the data set calls its splits."""
        return list(self.files)

    def classes(self) -> Sequence[str]:
        """Return the names that the card gives to labels, in its order."""
        return self.names

    def read(self, split: str, name: str) -> Prepared:
        """Return the rows of a split; raise `DataError` if one of them cannot be read.

        `name` is what the split is called here: of groups, those of training alone are asked for.
        """
        return prepare_files(self.files[split], self.settings, name == "train", self.names)


def find_files(builder: Any, settings: DataSettings, findings: Findings) -> HubFiles | None:
    """Return the files of what `datasets` has found, those of the hub fetched; else None.

    Why CSV or JSON is left to `datasets` is told. Raises `UsageError` on a flag that none of
    the files has a use for.
    """
    if builder.name not in OF_TEXT:
        return None
    files = _fetched(builder)
    paths = [path for split in files.values() for path in split]
    kinds = {path: find_kind(path) if path.is_file() else None for path in paths}
    said = writing(builder.config, tabs=set(kinds.values()) == {".tsv"})
    odd = [path.name for path, kind in kinds.items() if kind not in TABLES]
    if odd or said.unknown:
        findings.notes.append(_left(odd, said.unknown))
        return None
    require_used(settings, paths)
    features = builder.info.features or getattr(builder.config, "features", None) or {}
    names = getattr(features.get(settings.label_column), "names", None) or ()
    return HubFiles(said.obeyed(settings), files, tuple(names))


def _fetched(builder: Any) -> dict[str, list[Path]]:
    """Return the files of each split on this disk."""
    from datasets import DownloadConfig, DownloadManager

    found = {
        str(split): list(dict.fromkeys(files))  # two patterns may find one file
        for split, files in builder.config.data_files.items()
    }
    if any(file.startswith(_OF_THE_HUB) for files in found.values() for file in files):
        config = DownloadConfig(token=builder.token, download_desc="Downloading data")
        found = DownloadManager(download_config=config).download(found)
    return {split: [Path(file) for file in files] for split, files in found.items()}


def _left(files: Sequence[str], options: Sequence[str]) -> str:
    what = f"options of the card {listed(options)}" if options else f"files {listed(files)}"
    return (
        f"WARNING: the {what} are not known to the reader of files; `datasets` reads this data set "
        "with its own, which may take other rows"
    )
