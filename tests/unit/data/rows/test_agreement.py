"""Training and prediction read one file alike: the same texts, the same rows refused."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
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
    assert (good, bad.number) == (Line(2, "great"), 3)
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
