"""Scores on standard output: a table on a terminal, JSON Lines in a pipe."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sentiment.data.prediction_texts import Line, ahead, read_lines
from sentiment.inference.predictor import Predictor
from sentiment.scoring.chunks import Chunk, ChunkSource, read_chunks
from sentiment.scoring.formats import rows
from sentiment.scoring.scorer import ScoredChunk, score

_AT_ONCE = 512  # texts; fewer than a committed chunk has, because the reader waits for them


def print_scores(predictor: Predictor, path: Path | None, column: str, table: bool) -> int:
    """Print one row for each line of a file or of standard input; return how many were bad.

    Bad lines are also reported on standard error.
    """
    from tqdm import tqdm

    bad = 0
    with tqdm(unit="text", desc="predicting", dynamic_ncols=True) as bar:
        for scored in _scored(predictor, path, column):
            lines = scored.chunk.lines
            for line, row in zip(lines, rows(scored), strict=True):
                if line.error is not None:
                    bad += 1
                    bar.write(f"line {line.number}: {line.error}", file=sys.stderr)
                if table:
                    bar.write(_row(line, row))
                else:
                    print(json.dumps(row))
            sys.stdout.flush()
            bar.update(len(lines))
    return bad


def _scored(predictor: Predictor, path: Path | None, column: str) -> Iterator[ScoredChunk]:
    """Yield lines with their predictions: a file's in full chunks, a pipe's as they arrive."""
    if path is not None:
        yield from score(predictor, read_chunks(ChunkSource([path], column, [0]), _AT_ONCE))
        return
    for number, lines in enumerate(ahead(read_lines(None, column), _AT_ONCE)):
        yield from score(predictor, [Chunk(0, number, lines)], exclusive=True)


def _row(line: Line, row: dict[str, Any]) -> str:
    text = " ".join(line.text.split())
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    if line.error is not None:
        return f"{line.number:>6}  {'-':<12}{'-':>6}  {shown}"
    return f"{line.number:>6}  {row['label']:<12}{row['confidence']:.4f}  {shown}"
