"""What a shape of file is, and how it is written and read as training and prediction do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment.data.labelled_files import read_table
from sentiment.data.prediction_texts import read_lines
from sentiment.data.rows import require_used
from sentiment.errors import SentimentError
from sentiment.settings import DataSettings

TEXTS = ("great film", "bad film", "fine")
LABELS = ("pos", "neg", "pos")
OBJECTS = [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]


@dataclass(frozen=True)
class Shape:
    """A file, what is to be read from it, and what is to be said of it."""

    what: str
    name: str
    content: bytes
    texts: Sequence[str] | None = TEXTS
    """What training and prediction read; None where both refuse it."""
    said: str = ""
    """Words of what is said: an error where it is refused, else a warning."""
    flags: Mapping[str, Any] = field(default_factory=dict)
    labels: Sequence[str] | None = None
    """What training reads as labels, where that is the point."""
    trained: bool = True
    """Whether it can be trained on, if it can be predicted; `said` is why it cannot."""

    @property
    def outcome(self) -> str:
        """Return `refused`, `predicted only`, `warned` or `accepted`."""
        if self.texts is None:
            return "refused"
        if not self.trained:
            return "predicted only"
        return "warned" if self.said else "accepted"


@dataclass(frozen=True)
class Reading:
    """What came of reading a file in one way."""

    texts: list[str]
    labels: list[str]
    notes: list[str]
    refusal: str = ""
    refused_row: int | None = None
    """The number of the first row that was refused, None where it is the whole file."""


def write(shape: Shape, folder: Path) -> Path:
    """Write the file of a shape; return its path."""
    path = folder / shape.name
    path.write_bytes(shape.content)
    return path


def train_on(path: Path, flags: Mapping[str, Any]) -> Reading:
    """Read a file as training does."""
    notes: list[str] = []
    settings = DataSettings.parse({"data": str(path), **flags})
    try:
        require_used(settings, [path])
        rows = read_table(path, settings, notes.append)
    except SentimentError as error:
        return Reading([], [], notes, str(error), _row_in(str(error)))
    return Reading([row.text for row in rows], [row.label for row in rows], notes)


def predict(path: Path, flags: Mapping[str, Any]) -> Reading:
    """Read a file as prediction does, which goes on after a row that it refuses."""
    settings = DataSettings.parse(flags)
    notes: list[str] = []
    texts, refusal, refused = [], "", None
    try:
        require_used(settings, [path])
        lines = read_lines(path, settings.text_column, settings=settings, tell=notes.append)
        for line in lines:
            if line.error is None:
                texts.append(line.text)
            elif not refusal:
                refusal, refused = str(line.error), line.number
    except SentimentError as error:
        refusal = str(error)
    return Reading(texts, [], notes, refusal, refused)


def _row_in(message: str) -> int | None:
    """Return the number of the row that training's error names."""
    _, _, rest = message.partition("cannot be read as ")
    words = rest.split(": ")
    place = words[1].split() if len(words) > 1 else []
    return int(place[1]) if len(place) == 2 and place[0] in ("line", "row") else None
