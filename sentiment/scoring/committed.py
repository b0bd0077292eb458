"""Which chunks of a run are committed, as the names of their parts tell.

A part appears under its name whole or not at all, so the names are the record: there is no
other that could disagree with them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sentiment.scoring.chunks import Chunk

_NAME = re.compile(r"(\d{6})-(\d{8})-(\d+)-(\d+)-(more|last)\.\w+")


def part_name(chunk: Chunk, suffix: str) -> str:
    """Return the name of a chunk's part: file, number, rows, how many are bad, if it is the last.

    Names sort in the order of the chunks.
    """
    bad = sum(line.error is not None for line in chunk.lines)
    end = "last" if chunk.last else "more"
    return f"{chunk.file:06d}-{chunk.number:08d}-{len(chunk.lines)}-{bad}-{end}{suffix}"


@dataclass
class Committed:
    """The parts of each file that are there, by the number of the chunk."""

    names: list[dict[int, str]]
    rows: int = 0
    bad: int = 0
    """How many of the rows are errors."""
    row_counts: list[int] = field(default_factory=list)
    """How many rows of each file."""
    _ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str], files: int) -> "Committed":
        """Return what the names of parts tell of so many files; other names are passed over."""
        found = cls([{} for _ in range(files)], row_counts=[0] * files)
        for name in names:
            found.add(name)
        return found

    def add(self, name: str) -> bool:
        """Count a part; return False if it is none, or counted already."""
        if (match := _NAME.fullmatch(name)) is None:
            return False
        file, number, rows, bad = map(int, match.groups()[:4])
        if file >= len(self.names) or number in self.names[file]:
            return False
        self.names[file][number] = name
        self.rows, self.bad = self.rows + rows, self.bad + bad
        self.row_counts[file] += rows
        if match[5] == "last":
            self._ends[file] = number
        return True

    def chunks(self, file: int) -> frozenset[int]:
        """Return the numbers of a file's chunks that are committed."""
        return frozenset(self.names[file])

    def is_complete(self, file: int) -> bool:
        """Return whether all chunks of a file are there, up to the one that was its last."""
        return file in self._ends and len(self.names[file]) == self._ends[file] + 1

    def parts(self, file: int) -> list[str]:
        """Return the names of a complete file's parts in order.

        Raises `RuntimeError` if any is missing, for then rows would be.
        """
        if not self.is_complete(file):
            raise RuntimeError(f"file {file} has chunks that were never committed")
        return [self.names[file][number] for number in range(self._ends[file] + 1)]
