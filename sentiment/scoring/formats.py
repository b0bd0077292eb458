"""How scores are written: JSON Lines as on standard output, or CSV or Parquet in flat columns."""

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from sentiment.scoring.scorer import ScoredChunk

SUFFIXES = (".jsonl", ".csv", ".parquet")

_PARTS_PER_ROW_GROUP = 16  # 32,768 rows: smaller groups read slowly, larger ones need memory


def rows(scored: ScoredChunk) -> Iterator[dict[str, Any]]:
    """Yield a JSON object for each line: its number, and its prediction or its error."""
    answers = iter(scored.predictions)
    for line in scored.chunk.lines:
        answer = line.error.body() if line.error else next(answers).model_dump()
        yield {"line": line.number, **answer}


def encode(suffix: str, scored: ScoredChunk, labels: Sequence[str]) -> bytes:
    """Return a chunk as one part of a file; `join` puts the parts together."""
    if suffix == ".jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in rows(scored)).encode()
    flat = [_flat(row) for row in rows(scored)]
    if suffix == ".parquet":
        return _parquet(flat, labels)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(_columns(labels)), lineterminator="\n")
    if scored.chunk.number == 0:
        writer.writeheader()
    writer.writerows(flat)
    return text.getvalue().encode()


def join(suffix: str, parts: Sequence[Path], target: Path) -> None:
    """Write the parts of a file, in order, as one file that is safe on disk when this returns."""
    with target.open("wb") as file:
        if suffix == ".parquet":
            _join_parquet(parts, file)
        else:
            for part in parts:
                with part.open("rb") as content:
                    shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    if "error" in row:
        error = row["error"]
        return {"line": row["line"], "error_code": error["code"], "error": error["message"]}
    probabilities = row.pop("probabilities")
    return row | {f"probability_{label}": value for label, value in probabilities.items()}


def _columns(labels: Sequence[str]) -> dict[str, str]:
    """Return the columns of the flat formats with their Arrow types."""
    return {
        "line": "int64",
        "label": "string",
        "confidence": "float64",
        **{f"probability_{label}": "float64" for label in labels},
        "truncated": "bool",
        "tokens": "int64",
        "unknown_tokens": "int64",
        "model": "string",
        "decided_by": "string",
        "error_code": "string",
        "error": "string",
    }


def _parquet(flat: list[dict[str, Any]], labels: Sequence[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in _columns(labels).items()])
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(flat, schema=schema), buffer)
    return buffer.getvalue()


def _join_parquet(parts: Sequence[Path], file: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, pq.read_schema(parts[0])) as writer:
        for start in range(0, len(parts), _PARTS_PER_ROW_GROUP):
            group = [pq.read_table(part) for part in parts[start : start + _PARTS_PER_ROW_GROUP]]
            writer.write_table(pa.concat_tables(group))
