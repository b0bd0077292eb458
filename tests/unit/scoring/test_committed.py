import pytest

from sentiment.data.prediction_texts import Line
from sentiment.errors import DataError
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.committed import Committed, part_name


def name(file: int, number: int, last: bool = False) -> str:
    """The part of a chunk of three rows, of which one is bad."""
    lines = [Line(1, "a"), Line(2, error=DataError("Bad.")), Line(3, "b")]
    return part_name(Chunk(file, number, lines, last=last), ".csv")


def test_the_names_of_parts_tell_what_is_committed() -> None:
    committed = Committed.of([name(0, 1, last=True), name(0, 0), name(1, 4)], files=3)
    assert (committed.rows, committed.bad) == (9, 3)
    assert [committed.chunks(file) for file in range(3)] == [{0, 1}, {4}, set()]
    assert [committed.is_complete(file) for file in range(3)] == [True, False, False]
    assert committed.parts(0) == [name(0, 0), name(0, 1, last=True)]


def test_a_part_counts_once() -> None:
    committed = Committed.of([name(0, 0)], files=1)
    assert not committed.add(name(0, 0))
    assert committed.rows == 3


@pytest.mark.parametrize("other", [".000000-00000000-3-1-more.csv.x1", "README.md", "000000-1.csv"])
def test_other_names_are_passed_over(other: str) -> None:
    assert Committed.of([other], files=1).rows == 0


@pytest.mark.parametrize("names", [[], [name(0, 0)], [name(0, 1, last=True)]])
def test_a_file_that_lacks_a_chunk_is_not_joined(names: list[str]) -> None:
    with pytest.raises(RuntimeError, match="never committed"):
        Committed.of(names, files=1).parts(0)
