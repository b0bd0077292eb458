"""Which columns are kept, and what is refused about them."""

import shlex
from pathlib import Path

import pytest

from sentiment.errors import SentimentError, UsageError
from sentiment.scoring.formats import taken
from sentiment.scoring.kept import keep_of, parse
from sentiment.settings import FileSettings

TAKEN = taken(["negative", "positive"])


@pytest.mark.parametrize(
    ("flag", "names"),
    [
        (None, ()),
        ("id", ("id",)),
        ("id,date", ("id", "date")),
        ("id, date", ("id", "date")),
        ('id,"date, local"', ("id", "date, local")),
        ("id,id", ("id",)),
        ("all", ("all",)),
    ],
)
def test_the_flag_is_a_list_of_names(flag: str | None, names: tuple[str, ...]) -> None:
    assert parse(flag) == names


@pytest.mark.parametrize("flag", ["", ",", "id,,date"])
def test_a_list_without_a_name_is_refused(flag: str) -> None:
    with pytest.raises(UsageError, match=r"is no list of columns\. As in: --keep id,date"):
        parse(flag)


def files(tmp_path: Path, **contents: str) -> list[Path]:
    paths = []
    for name, content in contents.items():
        stem, _, kind = name.rpartition("_")
        paths.append(tmp_path / f"{stem}.{kind}")
        paths[-1].write_text(content)
    return paths


def test_all_is_every_column_of_each_file_and_plain_text_has_none(tmp_path: Path) -> None:
    found = files(
        tmp_path,
        a_csv="id,text\n1,good\n",
        b_jsonl='{"text": "good"}\n{"text": "bad", "date": "today"}\n',
        c_txt="good\n",
        d_csv="",
    )
    assert keep_of(found, ("all",), TAKEN) == [("id", "text"), ("text", "date"), (), ()]


def test_columns_without_a_heading_are_kept_by_their_numbers(tmp_path: Path) -> None:
    found = files(tmp_path, a_csv="pos,good film\nneg,bad film\n")
    reading = FileSettings.parse({"no_header": True})
    assert keep_of(found, ("all",), TAKEN, reading, "2") == [("1", "2")]
    assert keep_of(found, ("1",), TAKEN, reading, "2") == [("1",)]


def test_columns_are_those_of_the_delimiter_that_texts_are_found_with(tmp_path: Path) -> None:
    rows = "".join(f"{n},good, really\n" for n in range(9))
    found = files(tmp_path, a_csv=f"id,text\n{rows}9,fine\n")
    assert keep_of(found, ("all",), TAKEN) == [("id", "text")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a_csv", "id,text\n", r"a\.csv has no column 'date'; it has .*with --keep"),
        ("a_jsonl", '{"text": "x"}\n', r"a\.jsonl has no column 'date'"),
        ("a_txt", "good\n", r"a\.txt has no columns to keep"),
    ],
)
def test_a_column_that_a_file_lacks_is_told(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    with pytest.raises(SentimentError, match=words):
        keep_of(files(tmp_path, **{name: content}), ("date",), TAKEN)


@pytest.mark.parametrize("name", ["row", "line", "label", "error", "probability_negative", "model"])
def test_a_column_called_as_one_of_the_scores_is_refused(tmp_path: Path, name: str) -> None:
    found = files(tmp_path, a_csv=f"{name},text\n")
    with pytest.raises(UsageError, match=f"has a column '{name}', as the scores have"):
        keep_of(found, (name,), TAKEN)


def test_the_remedy_keeps_what_every_file_has_and_no_score_is_called(tmp_path: Path) -> None:
    found = files(
        tmp_path,
        a_csv='text,label,"date, local",id\n',
        b_csv='id,"date, local",text\n',
    )
    with pytest.raises(UsageError) as caught:
        keep_of(found, ("all",), TAKEN)
    _, _, remedy = str(caught.value).partition("--keep ")
    (flag,) = shlex.split(remedy.rstrip("."))
    names = ("text", "date, local", "id")
    assert keep_of(found, parse(flag), TAKEN) == [names, names]


def test_where_nothing_is_left_to_keep_renaming_is_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Rename them in the file\.$"):
        keep_of(files(tmp_path, a_csv="label,error\n"), ("all",), TAKEN)
