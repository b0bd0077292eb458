"""Which records are taken for several rows in one."""

from pathlib import Path

import pytest

from sentiment.data.prediction_texts import read_lines

PROSE = "A fine film, really,\nand well played.\nThe end, alas, is dull"


def notes_of(path: Path, content: str) -> list[str]:
    path.write_text(content)
    notes: list[str] = []
    assert [line.error for line in read_lines(path, "text", tell=notes.append) if line.error] == []
    return notes


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.tsv", 'text\tlabel\n"a\t1\nb\t0\nc"\t0\n', 2),
        ("a.tsv", 'text\tlabel\nz\t1\n"a\t1\nb"\t0\n', 3),
        ("a.tsv", 'id\ttext\tlabel\n1\t"a\t1\t2\tb"\t0\n', 2),
        ("a.csv", 'text;label\n"a;1\nb;0\nc";0\n', 2),
        ("a.csv", 'text,label\n"a,1\nb,0\nwell, c,1\nd",0\n', 2),
        ("a.csv", 'id,text,label\n1,"a,1\n2,b,0\n3,c",0\n', 2),
        ("a.csv", f'text,label\nz,1\n"{"a" + chr(10) * 30}",1\n', 3),
        ("a.tsv", 'id\ttext\tnote\n1\t"a\t\n2\tb\t\n3\tc"\t\n', 2),
        ("a.csv", 'id,text,note\n1,"a,\n2,b,\n3,c",\n', 2),
        ("a.tsv", 'text\tlabel\n"a\tb\tc\nd"\t0\n', 2),
    ],
    ids=[
        *("tsv", "two rows", "a line", "semicolons", "commas", "three columns", "many lines"),
        *("a column of nothing", "the same with commas", "tabs in two lines"),
    ],
)
def test_a_record_that_looks_like_several_rows_is_told_with_its_line(
    tmp_path: Path, name: str, content: str, line: int
) -> None:
    (note,) = notes_of(tmp_path / name, content)
    assert f"{tmp_path / name}, line {line}: this row takes lines" in note
    assert "--unquoted" in note


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f'text,label\n"{PROSE}",1\n'),
        ("a.csv", f'label,text\n1,"{PROSE}"\n'),
        ("a.csv", f'id,text,label\n7,"{PROSE}",1\n'),
        ("a.csv", 'text,label\n"well, good, but long",1\n'),
        ("a.csv", 'text,label\n"good,\nbut long",1\n'),
        ("a.csv", 'text,label\n"Dear all,\nwell,\nbye,",1\n'),
        ("a.tsv", 'text\tlabel\n"one\ttab"\t1\n'),
        ("a.csv", "text,label\n" + f'"{"line" + chr(10)}{"line" + chr(10) * 12}",1\n' * 20),
    ],
    ids=["prose", "label first", "three columns", "commas", "two lines", "ends", "a tab", "long"],
)
def test_prose_of_several_lines_is_none(tmp_path: Path, name: str, content: str) -> None:
    assert notes_of(tmp_path / name, content) == []


def test_the_first_doubtful_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    content = "text\tlabel\n" + '"a\t1\nb"\t0\n' * 12
    *named, rest = notes_of(tmp_path / "a.tsv", content)
    assert len(named) == 5
    assert rest == f"{tmp_path / 'a.tsv'}: 7 more rows look like that."
