from pathlib import Path

import pytest

from sentiment.data.prediction_texts import Line
from sentiment.scoring.chunks import ChunkSource, cut, read_chunks


def sizes(lines: list[Line], **limits: int) -> list[int]:
    pieces = list(cut(lines, **limits))
    assert [line for piece in pieces for line in piece] == lines
    return [len(piece) for piece in pieces]


@pytest.mark.parametrize(
    ("count", "expected"), [(0, [0]), (2, [2]), (3, [3]), (4, [3, 1]), (6, [3, 3])]
)
def test_a_chunk_has_at_most_so_many_rows(count: int, expected: list[int]) -> None:
    assert sizes([Line(number, "a") for number in range(count)], rows=3) == expected


def test_long_texts_make_smaller_chunks() -> None:
    lines = [Line(number, "a" * length) for number, length in enumerate((4, 6, 20, 1, 1))]
    assert sizes(lines, rows=100, characters=10) == [2, 1, 2]


def folder_of(tmp_path: Path) -> list[Path]:
    """Three files: of five rows, of none, and of two."""
    files = [tmp_path / f"{name}.txt" for name in "abc"]
    for path, count in zip(files, (5, 0, 2), strict=True):
        path.write_text("".join(f"{path.stem}{number}\n" for number in range(count)))
    return files


def test_files_are_read_in_order_and_an_empty_one_has_a_chunk_too(tmp_path: Path) -> None:
    chunks = list(read_chunks(ChunkSource(folder_of(tmp_path), "text", (0, 0, 0)), rows=2))
    assert [(chunk.file, chunk.number, len(chunk.lines)) for chunk in chunks] == [
        *((0, 0, 2), (0, 1, 2), (0, 2, 1)),
        (1, 0, 0),
        (2, 0, 2),
    ]


@pytest.mark.parametrize("done", [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0), (3, 1, 0), (3, 1, 1)])
def test_what_is_done_is_left_out_and_the_rest_is_the_same(
    tmp_path: Path, done: tuple[int, ...]
) -> None:
    files = folder_of(tmp_path)
    everything = list(read_chunks(ChunkSource(files, "text", (0, 0, 0)), rows=2))
    rest = list(read_chunks(ChunkSource(files, "text", done), rows=2))
    assert rest == everything[sum(done) :]


def test_files_before_the_one_begun_are_not_opened(tmp_path: Path) -> None:
    files = folder_of(tmp_path)
    files[0].unlink()
    (chunk,) = read_chunks(ChunkSource(files, "text", (3, 1, 0)))
    assert chunk.file == 2
