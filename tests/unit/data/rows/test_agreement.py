"""Training and prediction read one file alike: the same texts, the same rows refused."""

import csv
import io
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sentiment.data.labelled_files import read_table
from sentiment.data.prediction_texts import Line, read_lines
from sentiment.errors import DataError
from sentiment.settings import DataSettings
from sentiment.text import clean


def trained_on(path: Path) -> list[str]:
    return [row.text for row in read_table(path, DataSettings.parse({"data": str(path)}))]


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        trained_on(path)
    return str(caught.value)


def predicted(path: Path) -> list[Line]:
    return list(read_lines(path, "text"))


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("a.csv", 'text,label\ngreat,1\n"never again,0\nlove it,1\n', 3, "is not closed"),
        ("a.csv", 'text,label\ngreat,1\n"never again,0', 3, "is not closed"),
        ("a.tsv", 'text\tlabel\n"great\t1\ngood\t0\n', 2, "is not closed"),
        ("a.csv", 'text,label\n"great,1\nbad,0\n"good",1\nfine,1\n', 2, "takes lines 2 to 4"),
        ("a.csv", "text,label\ngreat,1\nfine, but long,0\n", 3, "more fields than the heading"),
        ("a.jsonl", '{"text": "great", "label": 1}\n{"text": ', 2, "not valid JSON"),
        ("a.jsonl", '{"text": "great", "label": 1}\n\n[1]\n', 3, "no JSON object"),
    ],
    ids=[
        "open quote",
        "open quote in the last row",
        "open quote in TSV",
        "open quote before another",
        "long row",
        "half",
        "list",
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_both_under_one_number(
    tmp_path: Path, name: str, content: str, line: int, reason: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    said = refusal(path)
    assert f"line {line}: " in said
    assert reason in said
    (bad,) = [each for each in predicted(path) if each.error is not None]
    assert bad.number == line
    assert reason in str(bad.error)


def test_the_lines_that_an_open_quote_takes_with_it_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,great\n2,"never again\n3,love it\n4,bad\n')
    good, bad = predicted(path)
    assert (good, bad.number) == (Line(2, "great", row=1), 3)
    assert "the 2 lines that follow" in str(bad.error)


def test_what_stands_after_a_closing_quote_in_one_line_is_read_by_both(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"great" ,1\n')
    assert trained_on(path) == [line.text for line in predicted(path)] == ["great "]


def test_an_open_quote_takes_a_bounded_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    line = "great," * 10_000 + "\n"
    path.write_text('text,label\n"open,1\n' + line * 600)
    (bad,) = predicted(path)
    assert "not closed in the 280 lines" in str(bad.error)


def test_a_line_of_any_length_is_no_open_quote(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("note,text,label\n" + "x" * (17 << 20) + ",great,1\n,bad,0\n")
    assert trained_on(path) == [line.text for line in predicted(path)] == ["great", "bad"]


def test_a_heading_that_cannot_be_read_is_refused_by_both_without_a_text(tmp_path: Path) -> None:
    path, reason = tmp_path / "a.csv", "its heading: A quote in this row is not"
    path.write_text('"text,label\na text of a customer,1\n')
    with pytest.raises(DataError) as caught:
        predicted(path)
    said = (refusal(path), str(caught.value))
    assert [reason in each for each in said] == [True, True]
    assert "customer" not in "".join(said)


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_a_column_that_stands_twice_is_refused_by_both(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text(
        "text,label,text\ngreat,1,bad\n".replace(",", "," if ending == ".csv" else "\t")
    )
    with pytest.raises(DataError, match="2 columns 'text'"):
        predicted(path)
    assert "2 columns 'text'" in refusal(path)


def test_another_column_may_stand_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,id,label\n1,great,2,pos\n")
    assert trained_on(path) == [line.text for line in predicted(path)] == ["great"]


def test_a_missing_column_of_json_lines_is_answered_with_the_keys_there_are(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "great", "stars": 1}\n')
    assert "no column 'label'; it has ['stars', 'text']" in refusal(path)


texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(str.strip)


@given(rows=st.lists(st.tuples(texts, st.sampled_from(["pos", "neg"])), min_size=1, max_size=12))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize(("ending", "delimiter"), [(".csv", ","), (".tsv", "\t")])
def test_what_the_csv_module_writes_is_read_alike(
    tmp_path: Path, ending: str, delimiter: str, rows: list[tuple[str, str]]
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([("text", "label"), *rows])
    path = tmp_path / f"a{ending}"
    path.write_bytes(written.getvalue().encode())
    assert trained_on(path) == [text for text, _ in rows]
    for line, (text, _) in zip(predicted(path), rows, strict=True):
        assert line.text == (text if clean(text) else "")


# Letters that mean something to a dialect, and a few that mean nothing.
awkward = st.text(st.sampled_from("ab \"'\\,;\t|:\n\ré\u2028"), min_size=1, max_size=8)
dialects = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|:^"),
        "quotechar": st.sampled_from("\"'"),
        "doublequote": st.booleans(),
        "escapechar": st.sampled_from([None, "\\"]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]),
    }
)
flags = st.fixed_dictionaries(
    {"delimiter": st.sampled_from([None, ",", ";", ":"]), "unquoted": st.booleans()}
)


def refused_row(message: str) -> int | None:
    """Return the number of the row that training names, None where it refuses the whole file."""
    found = re.search(r"cannot be read as \.\w+: line (\d+): ", message)
    return int(found[1]) if found else None


@given(
    rows=st.lists(st.tuples(awkward | texts, st.sampled_from(["pos", "neg"])), max_size=12),
    dialect=dialects,
    flags=flags,
    ending=st.sampled_from([".csv", ".tsv"]),
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_dialect_both_see_the_same_texts_or_refuse_the_same_row(
    tmp_path: Path,
    rows: list[tuple[str, str]],
    dialect: dict[str, Any],
    flags: dict[str, Any],
    ending: str,
) -> None:
    written = io.StringIO()
    try:
        csv.writer(written, **dialect).writerows([("text", "label"), *rows])
    except csv.Error:  # without quotes and escapes not everything can be written
        assume(False)
    path = tmp_path / f"a{ending}"
    path.write_bytes(written.getvalue().encode())
    reading = DataSettings.parse({"data": str(path), **flags})
    lines: list[Line] = []
    whole_file = ""
    try:
        lines.extend(read_lines(path, "text", settings=reading))
    except DataError as error:
        whole_file = str(error)
    try:
        trained = [row.text for row in read_table(path, reading)]
    except DataError as error:
        said = str(error)
        if "without a label" in said or "has no rows" in said:  # prediction needs neither
            return
        first = next((line.number for line in lines if is_unreadable(line)), None)
        assert (refused_row(said), bool(whole_file)) == (first, first is None), said
        return
    assert whole_file == ""
    assert [line.text for line in lines] == [text if clean(text) else "" for text in trained]
    assert not any(map(is_unreadable, lines))


def is_unreadable(line: Line) -> bool:
    """Return whether a row was refused for another reason than that its text is empty."""
    return line.error is not None and "is empty" not in str(line.error)


def test_a_table_in_any_common_dialect_is_read_as_it_was_meant(tmp_path: Path) -> None:
    rows = [("a, b; c", "pos"), ('say "so"', "neg"), ("it's\nfine", "pos"), ("d|e\tf", "neg")]
    path = tmp_path / "a.csv"
    for delimiter, doubled, quoting, ending in itertools.product(
        ",;\t|", (True, False), (csv.QUOTE_MINIMAL, csv.QUOTE_ALL), ("\n", "\r\n")
    ):
        written = io.StringIO()
        csv.writer(
            written,
            delimiter=delimiter,
            doublequote=doubled,
            escapechar=None if doubled else "\\",
            quoting=quoting,
            lineterminator=ending,
        ).writerows([("text", "label"), *rows])
        path.write_bytes(written.getvalue().encode())
        assert trained_on(path) == [text for text, _ in rows]
        assert [line.text for line in predicted(path)] == [text for text, _ in rows]
