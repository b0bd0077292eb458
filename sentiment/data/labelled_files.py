"""Your own labelled text: CSV, JSON Lines or Parquet, with labels of any kind."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.data.lines import json_values
from sentiment.errors import DataError
from sentiment.settings import DataSettings
from sentiment.text import is_utf8

if TYPE_CHECKING:
    from datasets import DatasetDict
    from pandas import DataFrame

_HELD_OUT_SHARE = 0.1  # of each split that no file gives


def load_files(settings: DataSettings, label_names: Sequence[str] = ()) -> "DatasetDict":
    """Return the splits of `settings.data` and of the optional separate files.

    A split without a file of its own is a stratified, seeded tenth of the main
    file. `label_names` (of a stored model) fixes the labels when
    `settings.labels` does not. Raises `DataError` on a missing file or column,
    a label that is not among the labels stated, and fewer than two labels.
    """
    from datasets import DatasetDict

    frames = {"train": read_table(Path(settings.data), settings)}
    if settings.validation_file:
        frames["validation"] = read_table(settings.validation_file, settings)
    if settings.test_file:
        frames["test"] = read_table(settings.test_file, settings)
    values, names = _label_order(settings.labels or tuple(label_names), frames["train"]["label"])
    splits = DatasetDict(
        {split: _dataset(frame, split, values, names) for split, frame in frames.items()}
    )
    for split in ("test", "validation"):
        if split not in splits:
            parts = _hold_out(splits["train"], len(frames["train"]), settings.seed)
            splits["train"], splits[split] = parts["train"], parts["test"]
    return splits


def load_test_file(settings: DataSettings, label_names: Sequence[str]) -> "DatasetDict":
    """Return the whole of `settings.data` as `test`, in a stored model's labels."""
    from datasets import DatasetDict

    frame = read_table(Path(settings.data), settings)
    values, names = _label_order(settings.labels or tuple(label_names), frame["label"])
    if tuple(names) != tuple(label_names):
        raise DataError(
            f"The labels of {settings.data} are {names}, the model's {list(label_names)}.",
            "Map them with --labels VALUE=NAME in the model's order.",
        )
    return DatasetDict(test=_dataset(frame, "test", values, names))


def read_table(path: Path, settings: DataSettings) -> "DataFrame":
    """Return the columns `text` and `label` of a file, both as strings."""
    if not path.is_file():
        raise DataError(
            f"No such data file: {path}.",
            "Pass a CSV, JSON Lines or Parquet file, or one of: packaged, hub.",
        )
    columns = [settings.text_column, settings.label_column]
    frame = _read(path, columns)
    for column in columns:
        if column not in frame.columns:
            raise DataError(
                f"{path} has no column {column!r}; it has {sorted(map(str, frame.columns))}.",
                "Name yours with --text-column and --label-column.",
            )
    frame = frame[columns]
    frame.columns = ["text", "label"]
    if frame.empty:
        raise DataError(f"{path} has no rows.", "Pass a file with labelled text.")
    missing = int((frame["label"].isna() | (frame["label"].astype(str).str.strip() == "")).sum())
    if missing:
        raise DataError(f"{path} has {missing} rows without a label.", "Remove or label them.")
    return frame.assign(
        text=frame["text"].astype(str).where(frame["text"].notna(), ""),
        label=frame["label"].astype(object).map(_spell),  # as a category it would stay one
    )


def _read(path: Path, columns: Sequence[str]) -> "DataFrame":
    import pandas as pd

    readers: dict[str, Any] = {
        ".csv": lambda: pd.read_csv(path, dtype=str, keep_default_na=False),
        ".tsv": lambda: pd.read_csv(path, dtype=str, keep_default_na=False, sep="\t"),
        ".jsonl": lambda: pd.DataFrame(_json_lines(path, columns), dtype=object),
        ".parquet": lambda: pd.read_parquet(path),
    }
    if path.suffix.lower() not in readers:
        raise DataError(
            f"{path} has an ending that is not known: {path.suffix or 'none'}.",
            f"Known are {', '.join(readers)}.",
        )
    try:
        frame: DataFrame = readers[path.suffix.lower()]()
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} has no rows.", "Pass a file with labelled text.") from None
    except Exception as error:  # the readers raise many unrelated types
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} cannot be read as {path.suffix}: {reason}.") from None
    if path.suffix.lower() in (".csv", ".tsv") and not isinstance(frame.index, pd.RangeIndex):
        raise DataError(
            f"{path} has rows with more fields than its heading names.",
            "Put texts that hold the separator in quotes.",
        )
    return frame


def _json_lines(path: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the objects of a file; pandas would not tell which line is none."""
    rows = []
    with path.open(encoding="utf-8-sig") as file:
        for number, row in json_values(file):
            if isinstance(row, DataError):
                raise ValueError(f"line {number} is not valid JSON")
            if not isinstance(row, dict):
                raise ValueError(f"line {number} is no JSON object")
            if not all(is_utf8(str(row.get(column))) for column in columns):
                raise ValueError(f"line {number} is not valid UTF-8")
            rows.append(row)
    return rows


def _spell(label: Any) -> str:
    """Return a label as text; 1, 1.0 and "1" are one label, as are True and "True"."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", str(label))


def _label_order(stated: Sequence[str], found: "Any") -> tuple[list[str], list[str]]:
    """Return the label values and their names, in the order of the logits."""
    if stated:
        pairs = [(value, name or value) for value, _, name in (s.partition("=") for s in stated)]
        return [value for value, _ in pairs], [name for _, name in pairs]
    values = sorted(set(found), key=_by_number)
    return values, values


def _by_number(value: str) -> tuple[bool, float, str]:
    try:
        return (False, float(value), value)
    except ValueError:
        return (True, 0.0, value)


def _dataset(frame: "DataFrame", split: str, values: list[str], names: list[str]) -> Any:
    from datasets import ClassLabel, Dataset, Features, Value

    if len(names) < 2 or len(set(names)) != len(names) or len(set(values)) != len(values):
        raise DataError(
            f"Two or more different labels are needed, found {names}.",
            "Check --label-column and --labels.",
        )
    unknown = sorted(set(frame["label"]) - set(values))
    if unknown:
        raise DataError(
            f"The {split} split has labels that are not among {values}: {unknown[:5]}.",
            "Name every value with --labels, or mend the file.",
        )
    coded = frame.assign(label=frame["label"].map(values.index))
    features = Features({"text": Value("string"), "label": ClassLabel(names=names)})
    return Dataset.from_pandas(coded, features=features, preserve_index=False)


def _hold_out(rows: Any, total: int, seed: int) -> Any:
    """Split a tenth of the file's `total` rows off those that are left of it."""
    labels = rows.features["label"].names
    size = max(round(total * _HELD_OUT_SHARE), len(labels))
    try:
        return rows.train_test_split(test_size=size, stratify_by_column="label", seed=seed)
    except ValueError:
        raise DataError(
            f"{total} rows are too few to split into train, validation and test "
            f"with each of {labels} in each.",
            "Add rows of each label, or pass --validation-file and --test-file.",
        ) from None
