"""In which encoding a file is read that is not UTF-8, and what a user is told of it."""

from pathlib import Path

import pytest

from sentiment.data.labelled_files import read_table
from sentiment.data.prediction_texts import read_lines
from sentiment.data.rows.guessing import encodings_like
from sentiment.settings import DataSettings
from tests.support.languages import ENCODINGS, sentences

GRID = [(language, encoding) for language, encodings in ENCODINGS.items() for encoding in encodings]


def table(texts: list[str], encoding: str, rows: int) -> bytes:
    lines = [
        f'{number},"{texts[number % len(texts)]}",{("neg", "pos")[number % 2]}\n'
        for number in range(rows)
    ]
    return "".join(["id,text,label\n", *lines]).encode(encoding)


def read(path: Path) -> tuple[list[str], list[str]]:
    """Return the texts of a file and what is told, the same in training and prediction."""
    notes: list[str] = []
    rows = read_table(path, DataSettings.parse({"data": str(path)}), notes.append)
    told: list[str] = []
    lines = list(read_lines(path, "text", tell=told.append))
    assert [line.error for line in lines] == [None] * len(rows)
    assert [line.text for line in lines] == [row.text for row in rows]
    assert told == notes
    return [row.text for row in rows], notes


@pytest.mark.parametrize("rows", [5, 200])
@pytest.mark.parametrize(("language", "encoding"), GRID, ids=[f"{a}-{b}" for a, b in GRID])
def test_reviews_in_any_usual_encoding_are_read_as_they_were_written(
    language: str, encoding: str, rows: int
) -> None:
    content = table(sentences(language, encoding), encoding, rows)
    found = encodings_like(content)[0]
    assert content.decode(found) == content.decode(encoding)


@pytest.mark.parametrize(
    ("language", "encoding", "said"),
    [
        ("Hungarian", "cp1250", "read as Windows-1250: '0,\"Nagyon jó film volt, örülök"),
        ("Hebrew", "cp1255", "read as Windows-1255: '0,\"סרט"),
        ("Russian", "koi8-r", "read as koi8-r: '0,\"Отличный"),
    ],
)
def test_what_is_told_names_the_encoding_and_shows_letters_of_it(
    tmp_path: Path, language: str, encoding: str, said: str
) -> None:
    path = tmp_path / "mine.csv"
    texts = sentences(language, encoding)
    path.write_bytes(table(texts, encoding, 6))
    read_texts, (note,) = read(path)
    assert read_texts == texts
    assert said in note
    assert "--encoding" in note


def test_an_encoding_that_is_not_clear_is_told_with_others_that_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes("text,label\nhűvös,pos\n".encode("cp1250"))
    _, (note,) = read(path)
    others = "though it may be Windows-1250 or Windows-1257"
    assert f"read as Windows-1252, {others}: 'hûvös,pos'. If letters" in note


@pytest.mark.parametrize("text", ["好看", "ő", "a\xb6b", "\x80"])
def test_a_few_letters_are_read_in_some_encoding_and_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    encoding = {"好": "gbk", "ő": "cp1250"}.get(text[0], "latin-1")
    path.write_bytes(f"text,label\n{text} and words,pos\n".encode(encoding))
    _, (note,) = read(path)
    assert "--encoding" in note


@pytest.mark.parametrize("rows", [3, 9_000], ids=["in one block", "far apart"])
@pytest.mark.parametrize(
    ("encoding", "text", "utf8_first"),
    [
        ("cp1252", "L’été à la plage, c’était bien", True),
        ("cp1252", "L’été à la plage, c’était bien", False),
        ("cp1251", "Ужасный фильм", True),
        ("cp1251", "Ужасный фильм", False),
        # Not the other way round: letters of several bytes may look like UTF-8.
        ("gbk", "太无聊了", True),
    ],
)
def test_a_file_that_changes_its_encoding_is_read_as_it_was_meant(
    tmp_path: Path, encoding: str, text: str, rows: int, utf8_first: bool
) -> None:
    utf8, other = "Schöner Film, größtes Glück", text
    parts = [f'"{utf8}",pos\n'.encode() * rows, f'"{other}",neg\n'.encode(encoding) * rows]
    path = tmp_path / "mine.csv"
    path.write_bytes(b"".join([b"text,label\n", *(parts if utf8_first else parts[::-1])]))
    texts, notes = read(path)
    expected = [utf8] * rows + [other] * rows
    assert texts == (expected if utf8_first else expected[rows:] + expected[:rows])
    first = rows + 2 if utf8_first else 2
    assert f"line {first} " in " ".join(notes) or "is not UTF-8" in notes[0]
    assert len(notes) <= 2


def test_a_damaged_letter_among_letters_of_utf8_is_shown_and_the_others_stay(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.csv"
    text = "sehr schön, süß und grün und "
    path.write_bytes(f'text,label\n"{text}'.encode() + b'b\xe4h",pos\n')
    texts, (note,) = read(path)
    assert texts == [f"{text}bäh"]
    assert "grün und bäh" in note


def test_a_byte_that_an_encoding_lacks_does_not_give_the_file_to_another(tmp_path: Path) -> None:
    content = "text,label\n" + "Das wäre schön für Anfänger,pos\n" * 20
    assert encodings_like(content.encode("cp1252") + b"b\x81d,neg\n")[0] == "cp1252"
