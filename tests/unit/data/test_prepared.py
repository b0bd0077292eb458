"""Rows cleaned, hashed and written as they are read, and found again."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment import data
from sentiment.data import prepared_cache
from sentiment.data.prepared import LabelledRow, Prepared, prepare, to_dataset
from sentiment.data.splits import hash_each
from sentiment.errors import DataError
from sentiment.settings import DataSettings
from sentiment.user_cache import user_cache
from tests.support.reviews import write_csv

ROWS = [LabelledRow(f"text<br />{n}", "ba"[n % 2], f"film {n // 2}") for n in range(10)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return user_cache() / "prepared"


def unreadable() -> Iterator[LabelledRow]:
    """Rows that must not be read."""
    raise AssertionError("read again")
    yield ROWS[0]


def texts(prepared: Prepared) -> list[str]:
    found: list[str] = prepared.table.column("text").to_pylist()
    return found


@pytest.mark.parametrize("identity", [None, ["mine"]], ids=["in memory", "in the cache"])
def test_rows_are_cleaned_hashed_and_numbered(identity: Any) -> None:
    found = prepare(ROWS, "rows", identity)
    assert texts(found) == [f"text {n}" for n in range(10)]
    assert found.values == ["b", "a"]
    assert found.column("value").tolist() == [0, 1] * 5
    assert found.column("hash").tolist() == hash_each(texts(found)).tolist()
    assert len(set(found.column("group").tolist())) == 5


def test_rows_without_text_are_left_out_and_counted_and_their_labels_known() -> None:
    found = prepare([LabelledRow("<br />", "c"), LabelledRow(" ", "d"), ROWS[0]], "rows")
    assert (texts(found), found.empty, found.values) == (["text 0"], 2, ["c", "d", "b"])


def test_a_row_without_a_group_is_its_own() -> None:
    found = prepare([LabelledRow("a", "x", "film"), LabelledRow("b", "x")], "rows")
    same = found.column("group") == found.column("hash")
    assert same.tolist() == [False, True]


def test_many_rows_are_cleaned_by_other_processes_in_their_order() -> None:
    rows = (LabelledRow(f"text<br />{n}", str(n % 3)) for n in range(40_500))
    found = prepare(rows, "rows")
    assert texts(found) == [f"text {n}" for n in range(40_500)]
    assert found.column("value").tolist() == [n % 3 for n in range(40_500)]


def test_what_was_prepared_is_not_read_again() -> None:
    first = prepare(ROWS, "rows", ["mine", 1])
    second = prepare(unreadable(), "rows", ["mine", 1])
    assert second.table.equals(first.table)
    assert (second.values, second.empty) == (first.values, first.empty)


def test_another_identity_is_read() -> None:
    prepare(ROWS, "rows", ["mine", 1])
    assert texts(prepare(ROWS[:3], "rows", ["mine", 2])) == ["text 0", "text 1", "text 2"]


def test_what_could_not_be_read_to_its_end_leaves_nothing_behind(cache: Path) -> None:
    def broken() -> Iterator[LabelledRow]:
        yield from ROWS
        raise DataError("The last row is bad.")

    with pytest.raises(DataError, match="The last row is bad"):
        prepare(broken(), "rows", ["mine"])
    assert list(cache.iterdir()) == []


def test_the_rows_stay_readable_when_the_cache_is_removed(cache: Path) -> None:
    found = prepare(ROWS, "rows", ["mine"])
    shutil.rmtree(cache)
    assert texts(found) == [f"text {n}" for n in range(10)]


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert texts(prepare(ROWS, "rows", ["mine"])) == [f"text {n}" for n in range(10)]


def test_folders_that_nothing_has_used_for_long_are_removed(cache: Path) -> None:
    prepare(ROWS, "rows", ["old"])
    prepare(ROWS, "rows", ["used"])
    for folder in cache.iterdir():
        os.utime(folder, (0, 0))
    prepare(unreadable(), "rows", ["used"])
    prepare(ROWS, "rows", ["new"])
    kept = {prepared_cache.folder_of([name]) for name in ("used", "new")}
    assert set(cache.iterdir()) == kept


@pytest.mark.parametrize("size", [100, 20 << 20], ids=["by content", "by its time"])
def test_a_file_that_changed_is_another(tmp_path: Path, size: int) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"a" * size)
    before = prepared_cache.identity_of(path)
    assert prepared_cache.identity_of(path) == before
    path.write_bytes(b"b" * size)
    os.utime(path, ns=(1, 1))
    assert prepared_cache.identity_of(path) != before


def test_a_file_is_prepared_once_for_each_way_of_reading_it(tmp_path: Path, cache: Path) -> None:
    rows = [(f"text {n}", f"other {n}", "ab"[n % 2]) for n in range(40)]
    path = write_csv(tmp_path / "mine.csv", rows, columns=("text", "title", "label"))
    for column in ("text", "text", "title"):
        data.load(DataSettings(data=str(path), text_column=column))
    assert len(list(cache.iterdir())) == 2


def test_a_second_run_reads_the_same_corpus_from_the_cache(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [(f"text {n}", "ab"[n % 2]) for n in range(40)])
    first, second = (data.load(DataSettings(data=str(path), train_size=6)) for _ in range(2))
    assert first.summary == second.summary
    assert list(first.splits["train"]) == list(second.splits["train"])


def test_a_dataset_of_the_rows_has_labels_in_the_place_of_values() -> None:
    found = prepare(ROWS[:3], "rows")
    rows = to_dataset(found, 1 - found.column("value").astype("int64"), ["a", "b"])
    assert rows.features["label"].names == ["a", "b"]
    assert rows["label"][:] == [1, 0, 1]


def test_rows_below_the_first_label_are_left_out_of_a_dataset() -> None:
    found = prepare(ROWS[:4], "rows")
    rows = to_dataset(found, found.column("value").astype("int64") - 1, ["only"])
    assert rows["text"][:] == ["text 1", "text 3"]
