import hashlib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sentiment.data.prediction_texts import Line
from sentiment.scoring.chunks import Chunk, Stretch, cut, read_chunks


def sizes(lines: list[Line], **limits: int) -> list[int]:
    cuts = list(cut(lines, **limits))
    assert [last for _, last in cuts] == [False] * (len(cuts) - 1) + [True]
    pieces = [piece for piece, _ in cuts]
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


def folder_of(tmp_path: Path) -> list[Stretch]:
    """Three files: of five rows, of none, and of two."""
    files = [tmp_path / f"{name}.txt" for name in "abc"]
    for path, count in zip(files, (5, 0, 2), strict=True):
        path.write_text("".join(f"{path.stem}{number}\n" for number in range(count)))
    return [Stretch(file, path, "text") for file, path in enumerate(files)]


def places(chunks: list[Chunk]) -> list[tuple[int, int, list[int], bool]]:
    return [
        (each.file, each.number, [line.row for line in each.lines], each.last) for each in chunks
    ]


def test_files_are_read_in_order_and_an_empty_one_has_a_chunk_too(tmp_path: Path) -> None:
    assert places(list(read_chunks(folder_of(tmp_path), rows=2))) == [
        *((0, 0, [1, 2], False), (0, 1, [3, 4], False), (0, 2, [5], True)),
        (1, 0, [], True),
        (2, 0, [1, 2], True),
    ]


@pytest.mark.parametrize("done", [set(), {0}, {1}, {0, 2}, {2}])
def test_what_is_done_is_left_out_and_the_rest_is_the_same(tmp_path: Path, done: set[int]) -> None:
    stretch, *_ = folder_of(tmp_path)
    everything = list(read_chunks([stretch], rows=2))
    rest = list(read_chunks([replace(stretch, done=frozenset(done))], rows=2))
    assert rest == [chunk for chunk in everything if chunk.number not in done]


@pytest.mark.parametrize("readers", [1, 2, 3, 7])
def test_several_readers_share_out_the_chunks_of_a_file(tmp_path: Path, readers: int) -> None:
    stretch, *_ = folder_of(tmp_path)
    shares = [replace(stretch, share=share, of=readers) for share in range(readers)]
    read = [chunk for share in shares for chunk in read_chunks([share], rows=2)]
    assert sorted(read, key=lambda chunk: chunk.number) == list(read_chunks([stretch], rows=2))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.parquet"])
def test_a_chunk_tells_how_far_into_its_file_the_reader_has_come(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame = pd.DataFrame({"text": [hashlib.sha256(b"%d" % n).hexdigest() for n in range(60_000)]})
    if path.suffix == ".parquet":
        frame.to_parquet(path, row_group_size=10_000)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False)
    chunks = list(read_chunks([Stretch(0, path, "text")]))
    half = chunks[len(chunks) // 2].position / path.stat().st_size
    assert 0.3 < half < 0.9
    if path.suffix != ".parquet":  # whose index, at its end, is read first
        assert chunks[-1].position == path.stat().st_size
