import hashlib
from pathlib import Path

import pytest

from sentiment.data.remote import path_of
from sentiment.errors import SentimentError, UsageError
from sentiment.scoring.inputs import find_inputs, targets


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


def test_of_many_files_that_are_left_out_some_are_named(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "a.csv", *(f"{number:03}.md" for number in range(500)))
    words = find_inputs(source, tmp_path / "out").left_out_in_words()
    assert words.startswith("000.md, 001.md")
    assert words.endswith("009.md and 490 more")


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
        ("in", "s3://bucket", "s3://bucket is all of a bucket. .*s3://bucket/scores"),
        ("in", "https://host/scores", "https://host/scores can only be read"),
        ("in", "in", "lies in the folder"),
        ("empty", "out", "holds no file to read"),
    ],
)
def test_what_cannot_work_is_told(tmp_path: Path, source: str, output: str, words: str) -> None:
    make(tmp_path, "in/a.csv", "empty/README.md")
    there = path_of(output) if "://" in output else tmp_path / output
    with pytest.raises(SentimentError, match=words):
        find_inputs(tmp_path / source, there)


@pytest.mark.parametrize(
    "names",
    [
        ("a.txt", "a.txt.jsonl"),
        ("a.tsv", "a.tsv.jsonl"),
        ("a.csv", "A.csv"),
        ("a.CSV", "a.csv"),
        ("sub/a.csv", "Sub/a.csv"),
        ("a.csv", "a.csv.gz"),
        ("a.jsonl.bz2", "a.jsonl.zst"),
        ("a.txt.zip", "a.txt"),
        ("a.tsv.GZ", "a.tsv.jsonl"),
        ("caf\u00e9.csv", "cafe\u0301.csv"),
        ("stra\u00dfe.csv", "STRASSE.csv"),
    ],
)
def test_two_files_whose_scores_would_have_one_name_are_refused(names: tuple[str, str]) -> None:
    paths = [Path(name) for name in names]
    for order in (paths, paths[::-1]):
        with pytest.raises(UsageError, match=r"would both be .*Rename one of them"):
            targets(order)


@pytest.mark.parametrize("names", [("a.txt", "a.txt.jsonl/b.csv"), ("a.csv.gz", "A.csv/x/b.csv")])
def test_scores_that_would_be_a_file_and_a_folder_are_refused(names: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="would be a file of the name of a folder"):
        targets([Path(name) for name in names])


def test_names_that_only_look_alike_are_not_refused() -> None:
    names = [Path(name) for name in ("a.csv", "a.txt", "a.jsonl", "sub/a.csv", "a.gz.csv")]
    assert [str(path) for path in targets(names)] == [
        *("a.csv", "a.txt.jsonl", "a.jsonl", "sub/a.csv", "a.gz.csv")
    ]


def test_a_folder_with_a_collision_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "a.txt", "a.txt.jsonl")
    with pytest.raises(UsageError, match=r"a\.txt and of a\.txt\.jsonl would both be a\.txt\."):
        find_inputs(source, tmp_path / "out")


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("a.csv", "a.csv"),
        ("a.csv", "sub/../a.csv"),
        ("a.csv", "linked/a.csv"),
        ("link.csv", "a.csv"),
        ("b.jsonl.partial/parts/c.csv", "b.jsonl"),
        ("links", "a.csv"),
        ("sub", "b.jsonl"),
    ],
)
def test_an_output_that_is_also_an_input_is_refused(
    tmp_path: Path, source: str, output: str
) -> None:
    """Also where a link leads there, and where it is the folder of parts that would be cleared."""
    make(tmp_path, "a.csv", "b.jsonl.partial/parts/c.csv", "sub/x.csv")
    (tmp_path / "linked").symlink_to(tmp_path)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/z.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "sub/y.csv").symlink_to(tmp_path / "b.jsonl.partial/parts/c.csv")
    with pytest.raises(UsageError, match="is read, and the output would replace it"):
        find_inputs(tmp_path / source, tmp_path / output)


def test_a_folder_that_a_link_leads_to_is_told_as_left_out(tmp_path: Path) -> None:
    source = make(tmp_path / "in", "a.csv")
    (source / "more").symlink_to(make(tmp_path / "elsewhere", "b.csv"))
    inputs = find_inputs(source, tmp_path / "out")
    assert [path.name for path in inputs.files] == ["a.csv"]
    assert inputs.left_out == ["more/"]
