from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.data.prediction_texts import Line, read_lines
from sentiment.errors import DataError


def lines_of(tmp_path: Path, column: Any, name: str = "text") -> list[Line]:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": list(range(len(column))), name: column}), path)
    return list(read_lines(path, "text"))


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["good", "bad"]),
        pa.array(["good", "bad"], pa.large_string()),
        pa.array(["good", "bad"]).dictionary_encode(),
    ],
    ids=["string", "large string", "dictionary"],
)
def test_a_column_gives_its_texts_with_their_row_numbers(tmp_path: Path, column: Any) -> None:
    assert lines_of(tmp_path, column) == [Line(1, "good", row=1), Line(2, "bad", row=2)]


def test_rows_are_numbered_through_all_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = [f"text {number}" for number in range(1, 3001)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=700)
    assert list(read_lines(path, "text")) == [
        Line(number, text, row=number) for number, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["good", None, "bad"]), "not null"),
        (pa.array(["good", " ", "bad"]), "empty"),
        (pa.array([b"good", b"caf\xe9", b"bad"]).cast(pa.string(), safe=False), "not valid UTF-8"),
    ],
    ids=["null", "white space", "undecodable"],
)
def test_a_bad_row_is_an_error_in_its_place(tmp_path: Path, column: Any, expected: str) -> None:
    before, bad, after = lines_of(tmp_path, column)
    assert (before, after) == (Line(1, "good", row=1), Line(3, "bad", row=3))
    assert expected in str(bad.error)


def test_a_column_of_numbers_is_an_error_a_row(tmp_path: Path) -> None:
    assert ["not a number" in str(line.error) for line in lines_of(tmp_path, [1, 2])] == [True] * 2


def test_no_rows_are_no_lines(tmp_path: Path) -> None:
    assert lines_of(tmp_path, pa.array([], pa.string())) == []


def test_a_missing_column_is_answered_with_the_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'text'; it has \['id', 'review'\].*--text-col"):
        lines_of(tmp_path, ["good"], "review")


@pytest.mark.parametrize("keep", [0, 100], ids=["empty", "cut"])
def test_a_file_that_is_not_parquet_is_named(tmp_path: Path, keep: int) -> None:
    lines_of(tmp_path, ["good"] * 1000)
    path = tmp_path / "a.parquet"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"a\.parquet cannot be read as \.parquet: "):
        list(read_lines(path, "text"))
