"""Plain text: a text a line, without columns."""

from collections.abc import Iterator
from pathlib import Path

from sentiment.data.rows.content import open_content
from sentiment.data.rows.decoding import as_text
from sentiment.data.rows.row import Row, Tell
from sentiment.settings import FileSettings


def read(path: Path, settings: FileSettings, tell: Tell) -> Iterator[Row]:
    """Yield each line, also an empty one: a text without words is for the caller to refuse."""
    with (
        open_content(path) as content,
        as_text(content, str(path), settings.encoding, tell) as lines,
    ):
        for number, line in enumerate(lines, 1):
            yield Row(number, (line.rstrip("\r\n"),), ordinal=number)
