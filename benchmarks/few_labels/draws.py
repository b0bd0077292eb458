"""Draws: a few labelled texts to train on, and others to test on, as files."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.data import load_test
from sentiment.settings import DataSettings

Row = tuple[str, str]
"""A text and its label."""

SOURCES = ("packaged", "rotten-tomatoes")
LABELS = ("bad", "good")
"""Not those of the behaviour suite, which would be run after each training."""

_VALIDATION = 64


@dataclass(frozen=True)
class Draw:
    """Which texts are drawn."""

    source: str
    """Of `SOURCES`: packaged reviews, or Rotten Tomatoes sentences."""
    rows: int
    """Texts of each label to train on."""
    number: int
    """Of the draw; it is the seed of everything random too."""


@dataclass(frozen=True)
class Files:
    """The files of a draw, which share no text."""

    train: Path
    validation: Path
    test: Path


def write(draw: Draw, texts: int, folder: Path) -> Files:
    """Write the draw, with at most `texts` texts to test on, half of each label.

    The test texts are the same for all draws of a source. Packaged reviews to train on are
    from the training split, which has no film of the test split; of Rotten Tomatoes, which
    has one split only, they are from the rest.
    """
    (tested, drawn), half = _pools(draw.source, texts // 2), _VALIDATION // 2
    generator = np.random.default_rng(draw.number)
    split: dict[str, list[Row]] = {"train": [], "validation": [], "test": tested}
    for label in LABELS:
        rows = [row for row in drawn if row[1] == label]
        order = generator.permutation(len(rows))
        split["validation"] += [rows[place] for place in order[:half]]
        split["train"] += [rows[place] for place in order[half : half + draw.rows]]
    files = Files(*(folder / f"{name}.csv" for name in split))
    for file, chosen in zip(
        (files.train, files.validation, files.test), split.values(), strict=True
    ):
        with file.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened).writerows([("text", "label"), *chosen])
    return files


@cache
def _pools(source: str, half: int) -> tuple[list[Row], list[Row]]:
    """Return the rows to test on, `half` of each label, and those to draw from."""
    splits = load_test(DataSettings.parse({"data": source}), ["negative", "positive"]).splits
    test = _rows(splits["test"])
    order = [test[place] for place in np.random.default_rng(0).permutation(len(test))]
    of_label = [[row for row in order if row[1] == label] for label in LABELS]
    rest = [row for rows in of_label for row in rows[half:]]
    drawn = _rows(splits["train"]) if "train" in splits else rest
    return [row for rows in of_label for row in rows[:half]], drawn


def _rows(split: Any) -> list[Row]:
    columns = split[:]
    pairs = zip(columns["text"], columns["label"], strict=True)
    return [(text, LABELS[label]) for text, label in pairs]
