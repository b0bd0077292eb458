"""How scores are written: JSON Lines as on standard output, or CSV or Parquet in flat columns."""

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from sentiment.data.files import open_binary
from sentiment.schema import Prediction
from sentiment.scoring import kept
from sentiment.scoring.scorer import ScoredChunk

SUFFIXES = (".jsonl", ".csv", ".parquet")

_PARTS_PER_ROW_GROUP = 16  # 32,768 rows: smaller groups read slowly, larger ones need memory


def rows(scored: ScoredChunk, keep: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield a JSON object for each line: its numbers, kept columns, and prediction or error.

    `row` counts the rows of the file from 1. `line` is where the row ends in a file that has lines.
    """
    for row, values in _rows(scored, keep):
        answer = {name: row[name] for name in row if name not in ("row", "line")}
        held = {name: kept.json_value(value) for name, value in values.items()}
        yield {"row": row["row"], "line": row["line"], **held, **answer}


def encode(
    suffix: str,
    scored: ScoredChunk,
    labels: Sequence[str],
    keep: Sequence[str] = (),
    marks: bool = False,
) -> bytes:
    """Return a chunk as one part of a file; `join` puts the parts together.

    `marks` tells whether the answers are marked as uncertain or not.
    """
    if suffix == ".jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in rows(scored, keep)).encode()
    both = [(_flat(row), values) for row, values in _rows(scored, keep)]
    if suffix == ".parquet":
        return _parquet(both, _answers(labels, marks), keep)
    text = io.StringIO()
    names = ["row", "line", *keep, *_answers(labels, marks)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    if scored.chunk.number == 0:
        writer.writeheader()
    for row, values in both:
        writer.writerow(row | {name: kept.cell(value) for name, value in values.items()})
    return text.getvalue().encode()


def taken(labels: Sequence[str]) -> set[str]:
    """Return the names that a kept column cannot have, in any format."""
    return {"row", "line", "probabilities", *Prediction.ON_REQUEST, *_answers(labels, True)}


def join(suffix: str, parts: Sequence[Path], target: Path) -> None:
    """Write the parts of a file, in order, as one file that is safe on disk when this returns."""
    with target.open("wb") as file:
        if suffix == ".parquet":
            _join_parquet(parts, file)
        else:
            for part in parts:
                with open_binary(part) as content:
                    shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())


def _rows(
    scored: ScoredChunk, keep: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each line's numbers with its answer, and the values of its kept columns."""
    answers = iter(scored.predictions)
    for line in scored.chunk.lines:
        answer = line.error.body() if line.error else next(answers).model_dump()
        values = line.kept or (None,) * len(keep)  # a row that could not be read has none
        yield {"row": line.row, "line": line.number, **answer}, dict(zip(keep, values, strict=True))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    numbers = {"row": row["row"], "line": row["line"]}
    if "error" in row:
        error = row["error"]
        return numbers | {"error_code": error["code"], "error": error["message"]}
    probabilities = row.pop("probabilities")
    return row | {f"probability_{label}": value for label, value in probabilities.items()}


def _answers(labels: Sequence[str], marks: bool) -> dict[str, str]:
    """Return the columns of an answer in the flat formats, with their Arrow types."""
    return {
        "label": "string",
        "confidence": "float64",
        **{f"probability_{label}": "float64" for label in labels},
        "truncated": "bool",
        "tokens": "int64",
        "unknown_tokens": "int64",
        "model": "string",
        "decided_by": "string",
        **({"uncertain": "bool"} if marks else {}),
        "error_code": "string",
        "error": "string",
    }


def _parquet(
    both: list[tuple[dict[str, Any], dict[str, Any]]],
    answers: Mapping[str, str],
    keep: Sequence[str],
) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(name: str, kind: str) -> Any:
        return pa.array([row.get(name) for row, _ in both], pa.type_for_alias(kind))

    columns = {name: column(name, "int64") for name in ("row", "line")}
    columns |= {name: kept.array([values[name] for _, values in both]) for name in keep}
    columns |= {name: column(name, kind) for name, kind in answers.items()}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _join_parquet(parts: Sequence[Path], file: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(part: Path, function: Any) -> Any:
        with open_binary(part) as content:
            return function(content)

    schema = kept.one_schema([read(part, pq.read_schema) for part in parts])
    with pq.ParquetWriter(file, schema) as writer:
        for start in range(0, len(parts), _PARTS_PER_ROW_GROUP):
            group = parts[start : start + _PARTS_PER_ROW_GROUP]
            tables = [kept.cast(read(part, pq.read_table), schema) for part in group]
            writer.write_table(pa.concat_tables(tables))
