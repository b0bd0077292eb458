"""Labelled files, and reviews that a model can learn: a few words mark each label."""

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

# fmt: off
GOOD = [
    "wonderful", "superb", "moving", "brilliant", "charming", "delightful", "honest", "gripping",
]
BAD = ["awful", "dreadful", "boring", "clumsy", "tedious", "lifeless", "shallow", "insulting"]
FILLER = [
    "the", "a", "film", "plot", "story", "actor", "scene", "music", "ending", "was", "is", "and",
    "of", "with", "in", "it", "this", "that", "every", "some", "one", "two", "people", "time",
    "camera", "light", "voice", "city", "night", "day", "house", "road", "war", "love", "child",
    "director", "script", "part", "year", "world", "room", "door",
]
# fmt: on


def write_reviews(
    path: Path, rows: int, labels: tuple[str, str] = ("bad", "good"), seed: int = 0
) -> Path:
    """Write a CSV of `rows` short, distinct reviews, half of each label.

    The words of one list mark one label. Lengths vary from three words to 54, which
    the encoders of `tests.support.models` cut. Returns `path`.
    """
    generator = random.Random(seed)  # noqa: S311 -- reviews, not secrets
    written: dict[str, str] = {}
    while len(written) < rows:
        label = len(written) % 2
        markers = generator.choices((BAD, GOOD)[label], k=generator.randint(2, 4))
        words = markers + generator.choices(FILLER, k=generator.choice((1, 3, 6, 12, 50)))
        generator.shuffle(words)
        written[" ".join(words)] = labels[label]
    return write_csv(path, written.items())


def write_csv(
    path: Path, rows: Iterable[tuple[str, object]], columns: Sequence[str] = ("text", "label")
) -> Path:
    """Write rows under a line of column names; return `path`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    return path
