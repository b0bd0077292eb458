"""Scores on standard output: a table on a terminal, JSON Lines in a pipe."""

import json
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sentiment.data.prediction_texts import Line, ahead, read_lines
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import in_pieces_warning
from sentiment.schema import Doubt, Wishes
from sentiment.scoring.chunks import Chunk, Stretch, read_chunks
from sentiment.scoring.formats import rows, taken
from sentiment.scoring.kept import keep_of
from sentiment.scoring.scorer import NO_WISHES, ScoredChunk, marked, score
from sentiment.scoring.served import Served
from sentiment.settings import FileSettings
from sentiment.terminal import cells, fit, width

_AT_ONCE = 512  # texts; fewer than a committed chunk has, because the reader waits for them

_BAR_AFTER = 2.0  # seconds; a bar of what is over sooner, or refused at once, tells nothing


def print_scores(
    predictor: Predictor | Served,
    path: Path | None,
    column: str,
    reading: FileSettings,
    table: bool,
    keep: Sequence[str] = (),
    doubt: Doubt | None = None,
    wishes: Wishes = NO_WISHES,
) -> int:
    """Print one row for each line of a file or of standard input; return how many were bad.

    The file is read as `reading` says. JSON Lines have the columns to `keep` too. Bad lines
    are also reported on standard error, and so is what a user should know of the others.
    """
    from tqdm import tqdm

    names: tuple[str, ...] = ()
    if path is not None:
        (names,) = keep_of([path], keep, taken(predictor.card.labels), reading, column)
    bad = good = in_pieces = 0
    with tqdm(unit="text", desc="predicting", dynamic_ncols=True, delay=_BAR_AFTER) as bar:
        for scored in marked(_scored(predictor, path, column, reading, names, wishes), doubt):
            lines = scored.chunk.lines
            for note in scored.chunk.notes:
                bar.write(note, file=sys.stderr)
            good, in_pieces = good + len(scored.predictions), in_pieces + scored.in_pieces
            for line, row in zip(lines, rows(scored, names), strict=True):
                if line.error is not None:
                    bad += 1
                    bar.write(f"line {line.number}: {line.error}", file=sys.stderr)
                if table:
                    bar.write(_row(line, row, predictor.card.labels))
                else:
                    print(json.dumps(row))
            sys.stdout.flush()
            bar.update(len(lines))
    if warning := in_pieces_warning(in_pieces, good, predictor.card.languages):
        print(warning, file=sys.stderr)
    return bad


def _scored(
    predictor: Predictor | Served,
    path: Path | None,
    column: str,
    reading: FileSettings,
    keep: tuple[str, ...],
    wishes: Wishes,
) -> Iterator[ScoredChunk]:
    """Yield lines with their predictions: a file's in full chunks, a pipe's as they arrive."""
    if path is not None:
        stretch = Stretch(0, path, column, keep, reading)
        yield from score(predictor, read_chunks([stretch], _AT_ONCE), wishes=wishes)
        return
    notes: deque[str] = deque()  # filled by the thread that reads
    arriving = read_lines(None, column, settings=reading, tell=notes.append)
    for number, lines in enumerate(ahead(arriving, _AT_ONCE)):
        told = tuple(notes.popleft() for _ in range(len(notes)))
        chunk = Chunk(0, number, lines, notes=told)
        yield from score(predictor, [chunk], exclusive=True, wishes=wishes)


def _row(line: Line, row: dict[str, Any], labels: Sequence[str]) -> str:
    """Return a line of the table: number, label, confidence, and what fits of the text."""
    widest = max(width() - 1, 40)  # a progress bar's line ends one column early
    label_width = min(max(map(cells, labels)), widest // 3)
    if line.error is not None:
        answer = f"{fit('-', label_width)}  {'-':>6}"
    else:
        answer = f"{fit(row['label'], label_width)}  {row['confidence']:.4f}"
    start = f"{line.number:>6}  {answer}  "
    return f"{start}{fit(line.text, widest - cells(start))}".rstrip()
