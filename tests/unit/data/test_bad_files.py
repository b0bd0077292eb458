"""What is wrong with a file of your own is said with the value and a remedy."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sentiment.data import load
from sentiment.data.prediction_texts import read_lines
from sentiment.errors import DataError, UsageError
from sentiment.settings import DataSettings
from tests.support.reviews import write_csv

UNDECODABLE = "It is not valid UTF-8. Mend it, or name the encoding of the file with --encoding."
GOOD = [(f"text {n}", ("neg", "pos")[n % 2]) for n in range(40)]


def complaint(path: Path, **changes: Any) -> str:
    """Return what loading `path` fails with."""
    with pytest.raises(DataError) as caught:
        load(DataSettings.parse({"data": str(path), **changes}))
    return str(caught.value)


def says(complaint: str, *parts: object) -> bool:
    return all(str(part) in complaint for part in parts)


def test_a_missing_file_is_named_and_so_are_the_built_in_sources(tmp_path: Path) -> None:
    path = tmp_path / "missing.csv"
    assert says(complaint(path), f"No such data file: {path}.", "packaged, hub")


@pytest.mark.parametrize("split", ["validation_file", "test_file"])
def test_a_missing_file_of_another_split_is_named(tmp_path: Path, split: str) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD)
    missing = tmp_path / "missing.csv"
    assert says(complaint(path, **{split: missing}), f"No such data file: {missing}.")


@pytest.mark.parametrize("name", ["mine.xlsx", "mine.gz", "mine"])
def test_a_file_of_another_kind_is_answered_with_the_kinds_there_are(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_text("text,label\n")
    ending = path.suffix or "none"
    assert says(complaint(path), f"not known: {ending}.", ".csv, .tsv, .json, ", ".gz, .bz2, .zst")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (["train.csv", "test.csv"], "holds 2 files (train.csv, test.csv). Pass a zip file that"),
        ([], "holds 0 files (none)"),
        (["data.xlsx"], "holds data.xlsx, which has an ending that is not known. Known are .csv,"),
        (None, "is no zip file, or a damaged one. Fetch or pack it again."),
    ],
    ids=["two", "none", "another kind", "no zip file"],
)
def test_a_zip_file_that_cannot_be_read_is_answered_with_what_is_in_it(
    tmp_path: Path, members: list[str] | None, said: str
) -> None:
    path = tmp_path / "archive.zip"
    if members is None:
        path.write_text("<html>404</html>")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name in members:
                archive.writestr(name, "text,label\n")
    with pytest.raises(DataError) as caught:
        list(read_lines(path, "text"))
    assert f"{path} {said}" in complaint(path)
    assert f"{path} {said.partition('. ')[0]}" in str(caught.value)


def test_the_line_that_is_in_another_encoding_is_told_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    plain = b"text,label\n" + b"plain words,pos\n" * 20_000  # more than is looked at at once
    path.write_bytes(plain + b"sch\xf6n,pos\n" * 30_000 + b"b\x81d,neg\n")
    assert says(complaint(path), "is not Windows-1252 in line 50002.")


@pytest.mark.parametrize("encoding", ["", "idna", "rot13", "nope"])
def test_what_is_no_encoding_of_texts_is_refused_in_words(encoding: str) -> None:
    with pytest.raises(UsageError, match="It should be an encoding, such as utf-8"):
        DataSettings.parse({"encoding": encoding})


def test_utf8_that_is_insisted_on_is_refused_once_with_the_line_that_is_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.csv"
    rows = [f"sch\xf6n {n},{'pos' if n % 2 else 'neg'}\n".encode("latin-1") for n in range(40)]
    path.write_bytes(b"text,label\n" + "öde,neg\n".encode() * 50 + b"".join(rows))
    assert says(complaint(path, encoding="utf-8"), "is not UTF-8 in line 52.", "--encoding")
    assert load(DataSettings(data=str(path))).labels == ["neg", "pos"]
    assert load(DataSettings(data=str(path), encoding="latin-1")).labels == ["neg", "pos"]


def test_an_address_is_named_as_it_was_given() -> None:
    said = complaint(Path("x"), data="s3://bucket/mine.csv")
    assert said.startswith("s3://bucket/mine.csv is an address")


def test_a_text_file_with_labels_is_answered_with_the_ending_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("good\t1\n")
    assert says(complaint(path), "If its lines have columns, give it the ending .csv or .tsv")


def test_a_missing_text_column_is_answered_with_the_columns_there_are(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD, columns=("review", "label"))
    expected = ("no column 'text'", "['label', 'review']", "--text-column")
    assert says(complaint(path), *expected)


def test_a_missing_label_column_is_answered_with_the_columns_there_are(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD, columns=("text", "stars"))
    expected = ("no column 'label'", "['stars', 'text']", "--label-column")
    assert says(complaint(path), *expected)


@pytest.mark.parametrize(("name", "content"), [("a.csv", ""), ("a.csv", "text,label\n")])
def test_a_file_without_rows_is_named(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert says(complaint(path), f"{path} has no rows.", "Pass a file with labelled text.")


def test_an_empty_json_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("")
    assert str(path) in complaint(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv", b"text,label\ngood,1\ngood,but,long,1\n"),
        ("mine.jsonl", b'{"text": "good", "label": 1}\n{"text": \n'),
        ("mine.parquet", b"this is no parquet"),
    ],
    ids=["a row too long", "half an object", "another format"],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = complaint(path)
    assert says(said, f"{path} cannot be read as {path.suffix}: ")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("5", "The line is no JSON object. Mend or remove it."),
        ("null", "The line is no JSON object. Mend or remove it."),
        ('["good", 1]', "The line is no JSON object. Mend or remove it."),
        ('{"text": ', "The line is not valid JSON. Mend or remove it."),
        ("[" * 99_999, "The line is not valid JSON. Mend or remove it."),
        (
            '{"text": "good \\ud83d", "label": 1}',
            "It is not valid UTF-8. Mend it, or name the encoding of the file with --encoding.",
        ),
        (
            '{"text": "good", "label": "\\ud83d"}',
            "It is not valid UTF-8. Mend it, or name the encoding of the file with --encoding.",
        ),
    ],
    ids=["a number", "null", "a list", "half", "deep", "half a pair", "half a pair as label"],
)
def test_a_bad_line_of_json_is_named_by_its_number(
    tmp_path: Path, line: str, expected: str
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "good", "label": 1}\n\n' + line)
    assert complaint(path) == f"{path} cannot be read as .jsonl: line 3: {expected}"


def test_texts_with_commas_and_no_quotes_are_refused(tmp_path: Path) -> None:
    """Each row has one field more than the heading: which of them is the text?"""
    path = tmp_path / "mine.csv"
    lines = [f"{text}, really,{label}" for text, label in GOOD]
    path.write_text("\n".join(["text,label", *lines]))
    assert str(path) in complaint(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv", "text,label\ngood,1\nbad,\ndull,0\nfine,\n"),
        ("mine.tsv", "text\tlabel\ngood\t1\nbad\t\ndull\t0\nfine\t\n"),
        ("mine.jsonl", '{"text": "a", "label": null}\n{"text": "b"}\n{"text": "c", "label": 1}'),
    ],
    ids=["csv", "tsv", "jsonl"],
)
def test_rows_without_a_label_are_counted(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert says(complaint(path), f"{path} has 2 rows without a label", "Remove or label them")


def test_a_file_of_one_label_is_refused_by_its_name(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [(text, "pos") for text, _ in GOOD])
    assert says(complaint(path), "Two or more different labels", "['pos']", "--label-column")


def test_training_rows_of_one_label_are_refused_though_two_are_stated(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", "pos"), ("great", "pos")])
    held_out = {
        f"{split}_file": write_csv(tmp_path / f"{split}.csv", [(split, "pos"), ("bad", "neg")])
        for split in ("validation", "test")
    }
    said = complaint(path, labels=("neg", "pos"), **held_out)
    assert says(said, "All training rows have one label, 'pos'.", "check --label-column")


def test_a_stated_label_without_training_rows_is_refused_by_its_name(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", "pos"), ("bad", "neg")])
    held_out = {
        f"{split}_file": write_csv(tmp_path / f"{split}.csv", [(split, "dull")])
        for split in ("validation", "test")
    }
    said = complaint(path, labels=("neg", "dull", "pos"), **held_out)
    assert says(said, "no training rows of ['dull']", "--labels with the others alone")


@pytest.mark.parametrize(
    "labels",
    [("pos",), ("neg=same", "pos=same"), ("neg", "neg"), ("pos=bad", "pos=good", "neg=dull")],
    ids=["one", "one name twice", "one value and name twice", "one value twice"],
)
def test_labels_that_do_not_tell_rows_apart_are_refused(
    tmp_path: Path, labels: Sequence[str]
) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD)
    assert says(complaint(path, labels=labels), "different labels", "--labels")


def test_a_label_that_only_a_held_out_file_has_is_named_with_its_split(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD)
    held_out = write_csv(tmp_path / "t.csv", [("so so", "meh")])
    assert says(complaint(path, test_file=held_out), "The test split", "['meh']")


def test_a_file_of_nothing_but_empty_texts_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("<br />", label) for _, label in GOOD])
    assert says(complaint(path), "split has no rows that hold text", "Check the file")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (2, "'neg' has 1 row, 'pos' has 1 row"),
        (4, "'neg' has 2 rows, 'pos' has 2 rows"),
        (5, "'pos' has 2 rows"),
    ],
)
def test_a_file_too_small_to_split_is_named_with_the_rows_of_each_label(
    tmp_path: Path, size: int, expected: str
) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD[:size])
    said = complaint(path)
    assert says(said, f"in each of train, validation, test: {expected}.", "--validation-file and")


def test_a_label_with_too_few_rows_is_named_with_their_number(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*GOOD, ("so so", "meh")])
    assert says(complaint(path), "train, validation, test: 'meh' has 1 row.")


def test_copies_of_a_text_do_not_make_a_label_splittable(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*GOOD, *[("so so", "meh")] * 30, ("well", "meh")])
    assert says(complaint(path), ": 'meh' has 31 rows in 2 different texts.")


def test_labels_with_too_few_rows_are_named_up_to_a_bound(tmp_path: Path) -> None:
    rows = [(f"text {n}", f"score {n % 45:03}") for n in range(90)]
    said = complaint(write_csv(tmp_path / "mine.csv", rows))
    assert says(said, "'score 004' has 2 rows and 40 more.")
    assert len(said) < 300


def test_two_splits_need_two_rows_of_a_label(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*GOOD, ("so so", "meh"), ("well", "meh")])
    test = write_csv(tmp_path / "t.csv", [("fine", "pos")])
    assert load(DataSettings(data=str(path), test_file=test)).summary.class_counts["train"] == {
        "meh": 1,
        "neg": 16,
        "pos": 17,
    }


def test_the_remedy_for_too_few_rows_works(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD[:2])
    held_out = {
        f"{split}_file": write_csv(tmp_path / f"{split}.csv", [(split, "pos"), (split[1:], "neg")])
        for split in ("validation", "test")
    }
    assert says(complaint(path), "pass --validation-file and --test-file")
    loaded = load(DataSettings.parse({"data": str(path), **held_out}))
    assert loaded.summary.sizes == {"train": 2, "validation": 2, "test": 2}


def test_training_texts_that_are_all_tested_on_are_called_so(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD)
    said = complaint(path, test_file=write_csv(tmp_path / "t.csv", GOOD))
    assert says(said, "split also stand in a later one (train, validation, test).")


def test_groups_without_splits_to_draw_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD)
    given = {"data": str(path), "validation_file": path, "test_file": path, "group_column": "film"}
    with pytest.raises(UsageError, match="--group-column is for splits that are drawn"):
        load(DataSettings.parse(given))


def test_a_missing_group_column_is_answered_with_the_columns_there_are(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GOOD)
    said = complaint(path, group_column="film")
    assert says(said, "no column 'film'", "['label', 'text']", "--group-column")
