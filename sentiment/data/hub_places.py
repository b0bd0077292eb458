"""Where a data set lies: in a folder, at the hub, or in the hub's cache.

It is found and described here; no row of it is read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.data.findings import Findings
from sentiment.data.folders import SAVED
from sentiment.errors import DataError, SentimentError
from sentiment.settings import DataSettings

if TYPE_CHECKING:
    from datasets import DatasetDict

PREFIX = "hub:"
OF_TEXT = ("csv", "json")
"""The builders of `datasets` for files that have lines."""
_CACHED = "cache"  # the builder of `datasets` for what it has made of a data set before
_SHOWN = 8  # characters of a commit


@contextmanager
def in_words(settings: DataSettings) -> Iterator[tuple[str, str]]:
    """Yield name and configuration of a data set; an error of `datasets` becomes a `DataError`."""
    name, configuration = settings.data, ""
    if name.startswith(PREFIX):
        name, _, configuration = name.removeprefix(PREFIX).partition(":")
    if not name:
        raise DataError(f"--data {settings.data!r} names nothing.", "As in: --data hub:OWNER/NAME.")
    try:
        yield name, configuration
    except SentimentError:
        raise
    except Exception as error:  # the hub's client raises many unrelated types
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        if Path(name).is_dir() and not settings.data.startswith(PREFIX):
            raise DataError(
                f"The folder {name} cannot be read as a data set ({reason}).",
                "Pass a file, or a folder that `save_to_disk` of `datasets` wrote.",
            ) from error
        raise DataError(
            f"{name} could be loaded neither from the hub nor from its cache ({reason}).",
            "Check the connection, or pass --data packaged.",
        ) from error


def saved_splits(folder: Path) -> "DatasetDict | None":
    """Return what `save_to_disk` of `datasets` wrote into a folder, if it did."""
    from datasets import Dataset, DatasetDict, load_from_disk

    if not any((folder / each).is_file() for each in SAVED):
        return None
    saved = load_from_disk(folder)
    return DatasetDict(train=saved) if isinstance(saved, Dataset) else saved


def find_builder(name: str, configuration: str, findings: Findings) -> Any:
    """Return what `datasets` loads a data set with: from a folder, the hub, or else its cache.

    That it is from the cache is told. There, files of text go before what `datasets` has once
    made of them. Raises many unrelated types of errors.
    """
    from datasets import load_dataset_builder

    found: Any = None
    failure: Exception | None = None
    try:
        found = load_dataset_builder(name, configuration or None)
    except Exception as error:
        failure = error
    folder = _snapshot(name) if found is None or found.name == _CACHED else None
    if folder is not None:
        try:
            cached = load_dataset_builder(str(folder), configuration or None)
        except Exception as error:  # such as files that are missing
            failure = error if isinstance(failure, ConnectionError) else failure
        else:
            if found is None or cached.name in OF_TEXT:
                findings.notes.append(
                    f"{name} comes from the hub's cache, as it was at {folder.name[:_SHOWN]}: the "
                    "hub was not reached"
                )
                return cached
    if found is None and failure is not None:
        raise failure
    return found


def _snapshot(name: str) -> Path | None:
    """Return the folder of a data set in the hub's cache, unless it is known to lack files."""
    from huggingface_hub import snapshot_download

    if Path(name).exists():
        return None
    try:
        return Path(snapshot_download(name, repo_type="dataset", local_files_only=True))
    except (OSError, ValueError):
        return None
