"""The table of shapes of files in docs/files.md, with the words that a user reads."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.markdown import table
from tools.shapes import SHAPES
from tools.shapes.shape import Shape, train_on, write

_LONGEST_SAID = 240  # characters of a message


def shapes_table() -> str:
    """Return the Markdown table of all shapes, with the words a user reads."""
    rows = []
    with TemporaryDirectory() as name:
        for shape in SHAPES:
            path = write(shape, Path(name))
            reading = train_on(path, shape.flags)
            said = " ".join([reading.refusal, *reading.notes]).replace(f"{name}/", "").strip()
            rows.append((shape.what, _code(shape), shape.outcome, _cell(said)))
    return table(["what", "file and flags", "", "what is said"], rows)


def _code(shape: Shape) -> str:
    flags = [
        f"--{name.replace('_', '-')}{'' if value is True else f' {value}'}"
        for name, value in shape.flags.items()
    ]
    return f"`{' '.join([shape.name, *flags])}`".replace("|", r"\|")


def _cell(said: str) -> str:
    short = said if len(said) <= _LONGEST_SAID else f"{said[: _LONGEST_SAID - 1]}…"
    escaped = short.encode("unicode_escape").decode("ascii") if not short.isprintable() else short
    return escaped.replace("|", r"\|").replace("<", "&lt;")
