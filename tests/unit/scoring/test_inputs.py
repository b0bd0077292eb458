import hashlib
from pathlib import Path

import pytest

from sentiment.errors import SentimentError
from sentiment.scoring.inputs import find_inputs


def make(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_a_folder_gives_its_files_in_order_and_an_output_of_the_same_shape(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "b.csv", "a.PARQUET", "sub/c.jsonl", "d.txt", "e.tsv")
    inputs = find_inputs(source, tmp_path / "out")
    assert [path.relative_to(source).as_posix() for path in inputs.files] == [
        *("a.PARQUET", "b.csv", "d.txt", "e.tsv", "sub/c.jsonl")
    ]
    assert [path.as_posix() for path in inputs.targets] == [
        *("a.PARQUET", "b.csv", "d.txt.jsonl", "e.tsv.jsonl", "sub/c.jsonl")
    ]


def test_other_files_are_left_out_and_told_and_hidden_ones_are_none(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "a.csv", "README.md", "_SUCCESS", ".a.csv.crc", "_tmp/b.csv")
    inputs = find_inputs(source, tmp_path / "out")
    assert [path.name for path in inputs.files] == ["a.csv"]
    assert inputs.left_out == ["README.md"]


def test_packed_files_of_a_folder_are_read_and_other_archives_left_out(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "a.csv.gz", "b.json", "c.ndjson.zst", "d.tar.gz", "e.zip")
    inputs = find_inputs(source, tmp_path / "out")
    assert [path.name for path in inputs.files] == ["a.csv.gz", "b.json", "c.ndjson.zst"]
    assert inputs.left_out == ["d.tar.gz", "e.zip"]


def test_a_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "a.csv")
    digest = hashlib.sha256(b"a.csv").hexdigest()
    inputs = find_inputs(source, tmp_path / "out")
    assert dict(inputs.fingerprints()) == {"a.csv": f"SHA-256 {digest}"}


@pytest.mark.parametrize(
    ("source", "output", "words"),
    [
        ("nothing.csv", "out.csv", "No such file or folder"),
        ("in/a.csv", "out.txt", r"known: \.txt\. Known are \.jsonl, \.csv, \.parquet"),
        ("in/a.csv", "out", "known: none"),
        ("in", "in/scores", "lies in the folder"),
        ("in", "in", "lies in the folder"),
        ("empty", "out", "holds no file to read"),
    ],
)
def test_what_cannot_work_is_told(tmp_path: Path, source: str, output: str, words: str) -> None:
    make(tmp_path, "in/a.csv", "empty/README.md")
    with pytest.raises(SentimentError, match=words):
        find_inputs(tmp_path / source, tmp_path / output)
