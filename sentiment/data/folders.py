"""A folder of files that are named for their splits, such as `train.csv` and `test.csv`."""

from pathlib import Path

from sentiment.data.rows import TABLES, find_kind
from sentiment.errors import DataError

SPELLINGS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test",),
}
"""What the splits are called, here and elsewhere."""
SAVED = ("dataset_dict.json", "state.json")  # written by `save_to_disk` of `datasets`
_OF_THE_HUB = "README.md"  # says which files are which


def split_files(folder: Path) -> dict[str, Path]:
    """Return the file of each split that a folder has; none if `datasets` knows it.

    Raises `DataError` on two files of one split.
    """
    if not folder.is_dir() or any((folder / name).is_file() for name in (*SAVED, _OF_THE_HUB)):
        return {}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        stem = path.name.partition(".")[0].lower()
        split = next((split for split, known in SPELLINGS.items() if stem in known), None)
        if split is None or not path.is_file() or find_kind(path) not in TABLES:
            continue
        if split in found:
            raise DataError(
                f"{folder} has two files of one split: {found[split].name} and {path.name}.",
                "Pass one file, and others with --validation-file and --test-file.",
            )
        found[split] = path
    return found
