"""How many texts a corpus has, as far as that is known."""

from collections.abc import Sequence

import pytest

from sentiment.data.prediction_texts import Line
from sentiment.scoring.chunks import Chunk
from sentiment.scoring.committed import Committed, part_name
from sentiment.scoring.progress import estimate


def committed(*chunks: tuple[int, int, int, bool]) -> Committed:
    """Two files, of which chunks are committed: file, number, rows, whether it is the last."""
    names = [
        part_name(Chunk(file, number, [Line(1, "a")] * rows, last=last), ".csv")
        for file, number, rows, last in chunks
    ]
    return Committed.of(names, files=2)


@pytest.mark.parametrize(
    ("chunks", "read", "expected"),
    [
        ([], [0, 0], None),
        ([(0, 0, 10, False)], [50, 0], 80),
        ([(0, 0, 20, True)], [0, 0], 80),
        ([(0, 0, 20, True), (1, 0, 30, False)], [0, 150], 80),
        ([(0, 0, 20, True), (1, 0, 31, True)], [0, 0], 51),
        ([(0, 0, 20, True), (1, 0, 20, False)], [0, 400], 40),
    ],
    ids=["nothing yet", "half a file", "a file", "a file and a half", "all", "more than all"],
)
def test_the_total_is_estimated_from_bytes_until_it_is_known(
    chunks: Sequence[tuple[int, int, int, bool]], read: Sequence[float], expected: int | None
) -> None:
    assert estimate(committed(*chunks), [100, 300], read) == expected


def test_without_a_size_there_is_no_estimate_before_the_end() -> None:
    some, every = committed((0, 0, 9, True)), committed((0, 0, 9, True), (1, 0, 1, True))
    assert estimate(some, [100, None], [0, 0]) is None
    assert estimate(every, [100, None], [0, 0]) == 10
