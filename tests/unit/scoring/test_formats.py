import csv
import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sentiment.data.prediction_texts import Line
from sentiment.errors import DataError
from sentiment.schema import Prediction
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.formats import SUFFIXES, encode, join, rows
from sentiment.scoring.scorer import ScoredChunk

LABELS = ("no", "yes, really")
FLAT = {
    "row": 6,
    "line": 7,
    "label": "yes, really",
    "confidence": 0.75,
    "probability_no": 0.25,
    "probability_yes, really": 0.75,
    "truncated": False,
    "tokens": 5,
    "unknown_tokens": 1,
    "model": "m:1",
    "decided_by": "encoder",
    "error_code": None,
    "error": None,
}
BAD = dict.fromkeys(FLAT) | {"row": 7, "line": 8, "error_code": "bad_data", "error": 'A "bad" row.'}


def scored(number: int) -> ScoredChunk:
    """A chunk of a good and a bad line."""
    lines = [Line(7, "text", row=6), Line(8, error=DataError('A "bad" row.'), row=7)]
    answer = Prediction.of(
        (0.25, 0.75), LABELS, truncated=False, tokens=5, unknown_tokens=1, model="m:1"
    )
    return ScoredChunk(Chunk(0, number, lines), [answer])


def joined(folder: Path, suffix: str, pieces: list[ScoredChunk]) -> Path:
    parts = [folder / str(number) for number in range(len(pieces))]
    for part, piece in zip(parts, pieces, strict=True):
        part.write_bytes(encode(suffix, piece, LABELS))
    join(suffix, parts, folder / f"whole{suffix}")
    return folder / f"whole{suffix}"


def test_a_row_has_the_shape_of_the_http_answers_and_its_number() -> None:
    good, bad = rows(scored(0))
    assert good == {
        "row": 6,
        "line": 7,
        "label": "yes, really",
        "confidence": 0.75,
        "probabilities": {"no": 0.25, "yes, really": 0.75},
        "truncated": False,
        "tokens": 5,
        "unknown_tokens": 1,
        "model": "m:1",
        "decided_by": "encoder",
    }
    assert bad == {
        "row": 7,
        "line": 8,
        "error": {"code": "bad_data", "message": 'A "bad" row.', "details": []},
    }


def test_json_lines_hold_the_rows(tmp_path: Path) -> None:
    path = joined(tmp_path, ".jsonl", [scored(0), scored(1)])
    assert list(map(json.loads, path.read_text().splitlines())) == [*rows(scored(0))] * 2


def test_csv_holds_flat_rows_under_one_heading(tmp_path: Path) -> None:
    path = joined(tmp_path, ".csv", [scored(0), scored(1)])
    with path.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert found == [spelled(FLAT), spelled(BAD)] * 2


def spelled(row: dict[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in row.items()}


def test_parquet_holds_flat_rows_of_their_types(tmp_path: Path) -> None:
    path = joined(tmp_path, ".parquet", [scored(0), scored(1)])
    assert pq.read_table(path).to_pylist() == [FLAT, BAD] * 2


def test_parquet_puts_many_parts_into_few_row_groups(tmp_path: Path) -> None:
    path = joined(tmp_path, ".parquet", [scored(number) for number in range(20)])
    assert pq.ParquetFile(path).metadata.num_rows == 40
    assert pq.ParquetFile(path).metadata.num_row_groups == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_rows_are_a_file_that_can_be_read(tmp_path: Path, suffix: str) -> None:
    path = joined(tmp_path, suffix, [ScoredChunk(Chunk(0, 0, []), [])])
    if suffix == ".parquet":
        assert pq.read_table(path).column_names == list(FLAT)
    else:
        heading = {".jsonl": [], ".csv": [list(FLAT)]}
        assert list(csv.reader(path.read_text().splitlines())) == heading[suffix]


# --- kept columns -------------------------------------------------------------------

KEEP = ("id", "when")


def holding(number: int, *values: Any) -> ScoredChunk:
    """A chunk of lines that are errors, each with a value for both kept columns."""
    bad = DataError("Bad.")
    return ScoredChunk(
        Chunk(0, number, [Line(1, error=bad, kept=(value, value)) for value in values]), []
    )


def kept_rows(folder: Path, suffix: str, pieces: list[ScoredChunk]) -> list[Any]:
    parts = [folder / str(number) for number in range(len(pieces))]
    for part, piece in zip(parts, pieces, strict=True):
        part.write_bytes(encode(suffix, piece, LABELS, KEEP))
    path = folder / f"whole{suffix}"
    join(suffix, parts, path)
    if suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
    elif suffix == ".csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        lines = path.read_text().splitlines()
        rows = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert all(list(row)[:4] == ["row", "line", "id", "when"] for row in rows)
    assert all(row["id"] == row["when"] for row in rows)
    return [row["id"] for row in rows]


DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NESTED = {"a": [1, None]}


@pytest.mark.parametrize(
    ("suffix", "values", "expected"),
    [
        (".jsonl", ["7", 7, 7.5, True, None], ["7", 7, 7.5, True, None]),
        (".jsonl", [DAY, NESTED, math.nan, b"\xff"], [DAY.isoformat(), NESTED, None, "/w=="]),
        (".csv", ["7", "a,b", 7.5, None], ["7", "a,b", "7.5", ""]),
        (".csv", [DAY, NESTED, math.nan], [DAY.isoformat(), '{"a": [1, null]}', ""]),
        (".parquet", ["7", None], ["7", None]),
        (".parquet", [7, None], [7, None]),
        (".parquet", [DAY], [DAY]),
        (".parquet", [NESTED], [NESTED]),
        (".parquet", [7, "x", NESTED, 2**70], ["7", "x", '{"a": [1, null]}', str(2**70)]),
    ],
)
def test_a_kept_value_is_in_each_format_what_the_format_can_hold(
    tmp_path: Path, suffix: str, values: list[Any], expected: list[Any]
) -> None:
    assert kept_rows(tmp_path, suffix, [holding(0, *values)]) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[None], [7]], [None, 7]),
        ([[7], ["x"], [None]], ["7", "x", None]),
        ([[1], [1.5]], ["1", "1.5"]),
        ([[None], [None]], [None, None]),
        ([[Decimal("1.5")], [Decimal("123.25"), None]], [Decimal("1.5"), Decimal("123.25"), None]),
        ([[[]], [[1, 2]]], [[], [1, 2]]),
        ([[{"a": None}], [{"a": 1, "b": "x"}]], [{"a": None, "b": None}, {"a": 1, "b": "x"}]),
        ([[[1]], [{"a": 1}]], ["[1]", '{"a": 1}']),
    ],
)
def test_parts_of_parquet_that_differ_in_type_become_one_column(
    tmp_path: Path, parts: list[list[Any]], expected: list[Any]
) -> None:
    pieces = [holding(number, *values) for number, values in enumerate(parts)]
    assert kept_rows(tmp_path, ".parquet", pieces) == expected


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_row_that_could_not_be_read_has_kept_columns_without_values(
    tmp_path: Path, suffix: str
) -> None:
    piece = ScoredChunk(Chunk(0, 0, [Line(1, error=DataError("Bad."))]), [])
    assert kept_rows(tmp_path, suffix, [piece]) in ([None], [""])
