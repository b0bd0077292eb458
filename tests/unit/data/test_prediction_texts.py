import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment.data.prediction_texts import MAX_CHARACTERS, Line, ahead, read_lines
from sentiment.errors import DataError


def lines_of(tmp_path: Path, name: str, content: str | bytes, column: str = "text") -> list[Line]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_lines(path, column))


def lines_piped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[Line]:
    path = tmp_path / "piped"
    path.write_bytes(content)
    with path.open(encoding="ascii") as file:
        monkeypatch.setattr(sys, "stdin", file)
        return list(read_lines(None, "text"))


def good(lines: list[Line]) -> list[tuple[int, str]]:
    assert [line.error for line in lines] == [None] * len(lines)
    return [(line.number, line.text) for line in lines]


def complaints(lines: list[Line]) -> list[str]:
    """One string a line: its error, or nothing."""
    return [str(line.error or "") for line in lines]


# --- each kind of file --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "good\nbad film\n", [(1, "good"), (2, "bad film")]),
        ("a.txt", "good\nbad", [(1, "good"), (2, "bad")]),
        ("a.txt", "good\r\nbad\r\n", [(1, "good"), (2, "bad")]),
        ("a.TXT", "good\n", [(1, "good")]),
        ("a.txt", '"quoted", with commas\n', [(1, '"quoted", with commas')]),
        ("a.txt", "", []),
        ("a.csv", "id,text\n1,good\n2,bad\n", [(2, "good"), (3, "bad")]),
        ("a.csv", 'text\n"good, but\nlong"\nbad\n', [(3, "good, but\nlong"), (4, "bad")]),
        ("a.csv", "text\r\ngood\r\n", [(2, "good")]),
        ("a.csv", "text\nNA\nnull\n", [(2, "NA"), (3, "null")]),
        ("a.csv", "text\n", []),
        ("a.csv", "", []),
        ("a.tsv", "id\ttext\n1\tgood, but\n", [(2, "good, but")]),
        ("a.jsonl", '{"text": "good"}\n{"id": 2, "text": "bad"}\n', [(1, "good"), (2, "bad")]),
        ("a.jsonl", '{"text": "good"}\n\n{"text": "bad"}\n', [(1, "good"), (3, "bad")]),
        ("a.jsonl", '{"text": "two\\nlines"}\n', [(1, "two\nlines")]),
        ("a.jsonl", "", []),
        ("a.jsonl", "\n\n", []),
        ("a.json", " \n", []),
    ],
)
def test_a_file_gives_its_texts_with_their_line_numbers(
    tmp_path: Path, name: str, content: str, expected: list[tuple[int, str]]
) -> None:
    assert good(lines_of(tmp_path, name, content)) == expected


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", "id,review\n1,good\n"), ("a.jsonl", '{"review": "good"}\n')]
)
def test_another_column_can_be_named(tmp_path: Path, name: str, content: str) -> None:
    assert [line.text for line in lines_of(tmp_path, name, content, "review")] == ["good"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", "good\n"), ("a.csv", "text\ngood\n"), ("a.jsonl", '{"text": "good"}\n')],
)
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, name: str, content: str) -> None:
    lines = lines_of(tmp_path, name, content.encode("utf-8-sig"))
    assert [line.text for line in lines] == ["good"]


def test_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    """The csv module stops at 131,072 characters unless told otherwise."""
    (line,) = lines_of(tmp_path, "a.csv", "text\n" + "good " * 40_000 + "\n")
    assert len(line.text) == 200_000


# --- standard input -----------------------------------------------------------------


def test_standard_input_is_one_text_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert good(lines_piped(tmp_path, monkeypatch, b"good\nbad\n")) == [(1, "good"), (2, "bad")]


def test_standard_input_is_utf8_whatever_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = lines_piped(tmp_path, monkeypatch, "très bon\n".encode())
    assert line.text == "très bon"


def test_a_line_of_standard_input_that_is_not_utf8_is_read_in_another_encoding(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = lines_piped(tmp_path, monkeypatch, b"caf\xc3\xa9\ncaf\xe9\nbad\n")
    assert good(lines) == [(1, "café"), (2, "café"), (3, "bad")]


def test_standard_input_in_another_encoding_is_read_in_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_piped(tmp_path, monkeypatch, b"good\ncaf\xe9\nbad\n")
    assert good(lines) == [(1, "good"), (2, "caf\xe9"), (3, "bad")]


def test_a_byte_order_mark_is_no_part_of_piped_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = lines_piped(tmp_path, monkeypatch, "good\n".encode("utf-8-sig"))
    assert line.text == "good"


# --- bad files and bad lines --------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing.txt"
    with pytest.raises(DataError) as caught:
        list(read_lines(path, "text"))
    assert str(caught.value) == (
        f"No such file: {path}. Pass a file (.txt, .csv, .tsv, .json, .ndjson, .jsonl, "
        ".parquet), or --text."
    )


@pytest.mark.parametrize("name", ["-", "/dev/null"])
def test_a_pipe_in_the_place_of_a_file_is_answered_with_how_it_is_read(name: str) -> None:
    with pytest.raises(DataError, match="standard input is read then"):
        list(read_lines(Path(name), "text"))


def test_an_unreadable_file_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is for everyone but the superuser, whom tests may run as."""

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "a.txt"
    path.write_text("good\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError) as caught:
        list(read_lines(path, "text"))
    assert str(caught.value) == f"{path} cannot be read: Permission denied."


@pytest.mark.parametrize("name", ["a.docx", "a"])
def test_a_file_of_another_kind_is_answered_with_the_kinds_there_are(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(DataError, match=r"not known: .*\.txt, .*\.parquet.*standard input"):
        lines_of(tmp_path, name, "good\n")


def test_a_missing_column_is_answered_with_the_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'text'; it has \['id', 'review'\].*--text-col"):
        lines_of(tmp_path, "a.csv", "id,review\n1,good\n")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"good\n\nbad\n", "The text is empty"),
        ("a.txt", b"good\n<br />\nbad\n", "The text is empty"),
        ("a.csv", b"id,text\n1,good\n2\n3,bad\n", "The row has 1 of 2 fields"),
        ("a.csv", b"id,text\n1,good\n2,\n3,bad\n", "The text is empty"),
        ("a.csv", b"id,text\n1,good\n2,fine, but\n3,bad\n", "The row has"),
        ("a.jsonl", b'{"text": "good"}\n{"text": \n{"text": "bad"}\n', "is not valid JSON"),
        (
            "a.jsonl",
            b'{"text": "good"}\n{"review": "x"}\n{"text": "bad"}\n',
            "has no column 'text'",
        ),
        ("a.jsonl", b'{"text": "good"}\n["text"]\n{"text": "bad"}\n', "no JSON object"),
        ("a.jsonl", b'{"text": "good"}\n{"text": 7}\n{"text": "bad"}\n', "not a number"),
        ("a.jsonl", b'{"text": "good"}\n{"text": null}\n{"text": "bad"}\n', "not null"),
        ("a.jsonl", b'{"text": "good"}\n{"text": "\\ud83d"}\n{"text": "bad"}\n', "valid UTF-8"),
        ("a.jsonl", b'{"text": "good"}\n' + b"[" * 99_999 + b'\n{"text": "bad"}\n', "valid JSON"),
    ],
    ids=[
        *("empty", "markup alone"),
        *("cut csv row", "empty csv cell", "long csv row"),
        *("half json", "another key", "no object", "a number", "null", "half a pair"),
        "deep json",
    ],
)
def test_a_bad_line_is_an_error_in_its_place_and_the_next_one_follows(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    before, bad, after = lines_of(tmp_path, name, content)
    assert (before.text, after.text) == ("good", "bad")
    assert (before.error, after.error) == (None, None)
    assert expected in str(bad.error)
    assert bad.number == before.number + 1


def test_json_lines_of_other_keys_are_answered_with_the_flag_that_names_one(
    tmp_path: Path,
) -> None:
    rows = '{"review": "good"}\n{"review": "bad"}\n'
    with pytest.raises(DataError, match=r"no column 'text'; it has \['review'\].*--text-column"):
        lines_of(tmp_path, "a.jsonl", rows)
    first, *_, last = complaints(lines_of(tmp_path, "b.jsonl", f'{rows}{{"text": "fine"}}\n'))
    assert ("--text-column" in first, last) == (True, "")


def test_a_text_too_long_is_refused_with_a_remedy_that_works_here(tmp_path: Path) -> None:
    """The limit of the reader is a constant; the server's setting does not move it."""
    (line,) = lines_of(tmp_path, "a.txt", "x" * (MAX_CHARACTERS + 1))
    assert "at most 1,000,000" in str(line.error)
    assert "SENTIMENT_MAX_CHARACTERS" not in str(line.error)


# --- reading ahead ------------------------------------------------------------------


def numbered(size: int) -> list[Line]:
    return [Line(number, f"text {number}") for number in range(1, size + 1)]


@pytest.mark.parametrize(("size", "most"), [(0, 4), (1, 4), (4, 4), (1000, 7), (5, 1)])
def test_lines_arrive_once_and_in_order(size: int, most: int) -> None:
    batches = list(ahead(iter(numbered(size)), most))
    assert [line for batch in batches for line in batch] == numbered(size)


def test_a_batch_is_never_empty_and_never_too_large() -> None:
    sizes = {len(batch) for batch in ahead(iter(numbered(1000)), 7)}
    assert sizes <= set(range(1, 8))


def test_a_line_is_not_kept_waiting_for_the_next_one() -> None:
    asked_for_more = threading.Event()

    def slow() -> Iterator[Line]:
        yield Line(1, "first")
        asked_for_more.wait(timeout=10)
        yield Line(2, "second")

    batches = ahead(slow(), most=8)
    assert next(batches) == [Line(1, "first")]
    asked_for_more.set()
    assert list(batches) == [[Line(2, "second")]]


def test_the_readers_error_is_raised_after_the_lines_before_it() -> None:
    def failing() -> Iterator[Line]:
        yield from numbered(3)
        raise DataError("The file ends in the middle.")

    seen: list[list[Line]] = []
    with pytest.raises(DataError, match="ends in the middle"):
        seen.extend(ahead(failing(), most=2))
    assert [line for batch in seen for line in batch] == numbered(3)


def test_no_more_is_read_than_is_needed_soon() -> None:
    """A consumer that stops finds the rest of the source unread."""
    source = iter(numbered(1000))
    next(ahead(source, most=4))
    assert len(list(source)) > 900
