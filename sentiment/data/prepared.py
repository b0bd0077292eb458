"""Rows on their way into a corpus: cleaned, hashed, and written to Arrow as they are read.

Memory is bounded: what is written is mapped, not held. Cleaning goes to all cores once
that is worth their start. Rows with an identity are kept in the user's cache, where a
second run finds them. What a label means is for the caller to decide.
"""

import json
import multiprocessing
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sentiment.cpu import usable_cores
from sentiment.data import prepared_cache
from sentiment.data.splits import Hashes, clean_and_hash, hash_each

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset

_BATCH_ROWS = 1000
_BATCH_CHARACTERS = 1 << 20
_BATCHES_ALONE = 32  # cleaned in this process; others take half a second to start
_MOST_PROCESSES = 8  # one process reads for them all, and cannot feed more
_PATIENCE_S = 2  # before a progress bar is shown
_ROWS, _ABOUT = "rows.arrow", "about.json"


class LabelledRow(NamedTuple):
    """A text as it was read, its label as text (empty: it has none), and its group, if any."""

    text: str
    label: str
    group: str = ""


@dataclass(frozen=True)
class Prepared:
    """The rows of one file or split that hold text."""

    table: "pa.Table"
    """The columns `text` (cleaned), `value` (a place in `values`), `hash` (of the text), and
    `group` (the hash of the group, else that of the text)."""
    values: list[str]
    """The labels in the order in which they first occur, those of empty texts too."""
    empty: int
    """Rows that are left out because nothing is left of their text."""
    notes: list[str]
    """What was told while the rows were read."""

    def counts(self) -> dict[str, int]:
        """Return how many rows have each label."""
        found = np.bincount(self.column("value"), minlength=len(self.values))
        return dict(zip(self.values, found.tolist(), strict=True))

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers, of shape (rows,)."""
        values: npt.NDArray[Any] = self.table.column(name).to_numpy()
        return values


def prepare(
    rows: Iterable[LabelledRow], name: str, identity: Any = None, notes: Sequence[str] = ()
) -> Prepared:
    """Return rows prepared; those of an `identity` that was prepared before are not read.

    `name` is what a progress bar calls them. `notes` may be filled while `rows` are read.
    Raises what reading `rows` raises.
    """
    import pyarrow as pa
    from tqdm import tqdm

    shown = tqdm(rows, f"reading {name}", unit=" rows", delay=_PATIENCE_S, dynamic_ncols=True)
    if identity is None:
        sink = pa.BufferOutputStream()
        about = _write(shown, sink) | {"notes": list(notes)}
        return Prepared(pa.ipc.open_stream(sink.getvalue()).read_all(), **about)
    folder = prepared_cache.folder_of(identity)
    if prepared_cache.touch(folder):
        return _open(folder)
    with prepared_cache.new_folder(folder) as partial:
        with pa.OSFile(str(partial / _ROWS), "wb") as sink:
            about = _write(shown, sink) | {"notes": list(notes)}
        (partial / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        return _open(partial)  # stays mapped wherever the folder is moved


def to_dataset(prepared: Prepared, labels: npt.NDArray[np.int64], names: list[str]) -> "Dataset":
    """Return the rows with the column `label` in place of `value`; those below 0 are left out.

    `labels` are places in `names`, of shape (rows,). The texts are not copied.
    """
    import pyarrow as pa
    from datasets import ClassLabel, Dataset, DatasetInfo, Features, Value
    from datasets.table import InMemoryTable

    features = {"text": Value("string"), "hash": Value("uint64"), "group": Value("uint64")}
    table = prepared.table.select(list(features)).append_column(
        "label", pa.array(labels, type=pa.int64())
    )
    info = DatasetInfo(features=Features(**features, label=ClassLabel(names=names)))
    # A random name of the rows: to find one, `datasets` would hash them all.
    rows = Dataset(InMemoryTable(table), info=info, fingerprint=uuid.uuid4().hex[:16])
    return rows if (labels >= 0).all() else rows.select(np.flatnonzero(labels >= 0))


def _open(folder: Path) -> Prepared:
    import pyarrow as pa

    table = pa.ipc.open_stream(pa.memory_map(str(folder / _ROWS))).read_all()
    return Prepared(table, **json.loads((folder / _ABOUT).read_text(encoding="utf-8")))


class _Batch(NamedTuple):
    texts: list[str]
    values: list[int]
    groups: list[str]


class _Cleaned(NamedTuple):
    texts: list[str]
    hashes: Hashes
    groups: Hashes


def _write(rows: Iterable[LabelledRow], sink: Any) -> dict[str, Any]:
    """Write the rows that hold text as an Arrow stream; return the other fields of `Prepared`."""
    import pyarrow as pa

    schema = pa.schema(
        {"text": pa.string(), "value": pa.int32(), "hash": pa.uint64(), "group": pa.uint64()}
    )
    codes: dict[str, int] = {}
    empty = 0
    with pa.ipc.new_stream(sink, schema) as writer:
        for values, cleaned in _cleaned(_batches(rows, codes)):
            keep = np.array([bool(text) for text in cleaned.texts])
            empty += int((~keep).sum())
            columns = [
                [text for text in cleaned.texts if text],
                np.array(values, dtype=np.int32)[keep],
                cleaned.hashes[keep],
                cleaned.groups[keep],
            ]
            arrays = [
                pa.array(each, type=kind) for each, kind in zip(columns, schema.types, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return {"values": list(codes), "empty": empty}


def _batches(rows: Iterable[LabelledRow], codes: dict[str, int]) -> Iterator[_Batch]:
    """Yield the rows some at a time; `codes` gets a number for each label that is new."""
    batch, characters = _Batch([], [], []), 0
    for text, label, group in rows:
        batch.texts.append(text)
        batch.values.append(codes.setdefault(label, len(codes)))
        batch.groups.append(group)
        characters += len(text)
        if len(batch.texts) == _BATCH_ROWS or characters > _BATCH_CHARACTERS:
            yield batch
            batch, characters = _Batch([], [], []), 0
    if batch.texts:
        yield batch


def _cleaned(batches: Iterator[_Batch]) -> Iterator[tuple[list[int], _Cleaned]]:
    """Yield the label codes and the cleaned texts of each batch, in order."""
    for batch in islice(batches, _BATCHES_ALONE):
        yield batch.values, _clean(batch.texts, batch.groups)
    processes = min(usable_cores(), _MOST_PROCESSES)
    following = next(batches, None)
    if following is None or processes == 1:
        for batch in (following, *batches) if following else ():
            yield batch.values, _clean(batch.texts, batch.groups)
        return
    waiting: deque[tuple[list[int], Future[_Cleaned]]] = deque()
    # A fork would copy threads of torch; a fresh process reads the code anew.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        while following is not None or waiting:
            if following is not None:
                task = pool.submit(_clean, following.texts, following.groups)
                waiting.append((following.values, task))
                following = next(batches, None)
            if following is None or len(waiting) > 2 * processes:
                values, task = waiting.popleft()
                yield values, task.result()


def _clean(texts: Sequence[str], groups: Sequence[str]) -> _Cleaned:
    cleaned, hashes = clean_and_hash(texts)
    if not any(groups):
        return _Cleaned(cleaned, hashes, hashes)
    named = hash_each(f"group {group}" for group in groups)
    return _Cleaned(cleaned, hashes, np.where(np.array(groups) == "", hashes, named))
