"""Text laid out for a terminal: tables as wide as what they hold, in the columns there are.

Widths are those of a terminal's cells, of which a Chinese character takes two. No colours.
"""

import io
import shutil
from collections.abc import Sequence
from typing import Literal


def width() -> int:
    """Return the columns there are: `COLUMNS`, else the terminal's, 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def cells(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, columns: int) -> str:
    """Return `text` on one line in exactly `columns` columns: cut and marked so, or padded.

    Characters that would steer the terminal are shown as replacement characters.
    """
    from rich.cells import set_cell_size

    line = "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for each in " ".join(text.split())
    )
    if cells(line) > columns:
        line = f"{set_cell_size(line, columns - 1).rstrip()}…"
    return set_cell_size(line, columns)


def wrap(text: str, indent: int = 0) -> str:
    """Return a paragraph in lines that fit the width, all but the first behind `indent` columns.

    A word that is too long for a line stays whole.
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and indent + cells(f"{lines[-1]} {word}") > width():
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return f"\n{' ' * indent}".join(lines)


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = (), right: bool = True) -> str:
    """Return the rows in columns: the first to the left, the others to the right if `right`.

    Where they are too wide together, the first is broken into lines.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_header=bool(header), padding=(0, 2, 0, 0))
    for place, title in enumerate(header or [""] * len(rows[0])):
        side: Literal["left", "right"] = "right" if right and place > 0 else "left"
        grid.add_column(Text(title), justify=side, overflow="fold", no_wrap=place > 0)
    for row in rows:
        grid.add_row(*map(Text, row))
    page = io.StringIO()
    Console(file=page, width=width(), color_system=None, legacy_windows=False).print(grid)
    return "\n".join(line.rstrip() for line in page.getvalue().rstrip("\n").splitlines())


def table_width(rows: Sequence[Sequence[str]], header: Sequence[str]) -> int:
    """Return the columns that `table` needs to break nothing."""
    widths = [max(map(cells, column)) for column in zip(header, *rows, strict=True)]
    return sum(widths) + 2 * (len(widths) - 1)
