"""What a user should know of a file that can be read all the same, told without repeating it."""

from pathlib import Path

from sentiment.data.rows.row import Tell
from sentiment.errors import listed

_MOST_NAMED = 5  # rows of one file


class Notes:
    """Tells of the first rows that look wrong, and counts the others and those dropped."""

    def __init__(self, path: Path, tell: Tell) -> None:
        self._path = path
        self._tell = tell
        self._doubtful = 0
        self.empty = 0
        """Rows that were dropped because nothing is in them."""
        self.repeated: list[int] = []
        """Lines that were dropped because they repeat the heading."""

    def doubt(self, line: int, what: str) -> None:
        """Tell what looks wrong with the row that begins in `line`."""
        self._doubtful += 1
        if self._doubtful <= _MOST_NAMED:
            self._tell(f"{self._path}, line {line}: {what}")

    def say(self, what: str) -> None:
        """Tell something of the whole file."""
        self._tell(f"{self._path}: {what}")

    def finish(self) -> None:
        """Tell the counts, once all rows are read."""
        if (more := self._doubtful - _MOST_NAMED) > 0:
            self.say(f"{more:,} more rows look like that.")
        if self.empty:
            rows = "row was" if self.empty == 1 else "rows were"
            self.say(f"{self.empty:,} wholly empty {rows} dropped.")
        if len(self.repeated) == 1:
            line = self.repeated[0]
            self._tell(f"left out: 1 row of {self._path} that repeats its heading, in line {line}")
        elif self.repeated:
            self._tell(
                f"left out: {len(self.repeated):,} rows of {self._path} that repeat its heading, "
                f"in lines {listed(self.repeated)}"
            )
