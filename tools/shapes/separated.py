"""Shapes of CSV and TSV: separators, rows, quotes."""

from collections.abc import Iterator

from tools.shapes.contents import CSV, lines, separated
from tools.shapes.shape import OBJECTS, TEXTS, Shape


def separators() -> Iterator[Shape]:
    for name, delimiter in (("commas", ","), ("semicolons", ";"), ("tabs", "\t"), ("bars", "|")):
        yield Shape(f"CSV with {name}", "mine.csv", separated(delimiter).encode())
    yield Shape("TSV", "mine.tsv", separated("\t").encode())
    yield Shape("TSV with commas instead", "mine.tsv", CSV)
    yield Shape("another delimiter", "mine.csv", separated("^").encode(), flags={"delimiter": "^"})
    yield Shape("Excel's line `sep=;`", "mine.csv", b"sep=;\r\n" + separated(";").encode())
    yield Shape("line ends of Windows", "mine.csv", separated(ending="\r\n").encode())
    yield Shape("line ends of old Macs", "mine.csv", separated(ending="\r").encode())
    yield Shape(
        "spaces behind commas",
        "mine.csv",
        b'text, label\n"great, really", pos\n',
        ["great, really"],
    )
    yield Shape(
        "spaces behind commas and quotes around words",
        "mine.csv",
        b'"text", "label"\n"great", "pos"\n',
        ["great"],
        labels=["pos"],
    )
    yield Shape(
        "columns by number",
        "mine.csv",
        b"pos,great film\nneg,bad film\npos,fine\n",
        flags={"no_header": True, "text_column": "2", "label_column": "1"},
    )
    yield Shape(
        "columns by name without a heading",
        "mine.csv",
        b"great film,pos\n",
        None,
        "With --no-header columns are numbers",
        {"no_header": True},
    )
    yield Shape(
        "no heading, and no flag",
        "mine.csv",
        b"great film,pos\nbad film,neg\n",
        None,
        "it has ['great film', 'pos']",
    )
    yield Shape(
        "columns of other names",
        "mine.csv",
        b"review,stars\ngreat film,5\n",
        None,
        "it has ['review', 'stars']",
    )
    yield Shape(
        "a title above the heading", "mine.csv", b"Reviews\n" + CSV, None, "it has ['Reviews']"
    )
    yield Shape(
        "the heading again, as where files were joined",
        "mine.csv",
        CSV + CSV,
        [*TEXTS, *TEXTS],
        "left out: 1 row of",
    )
    yield Shape(
        "a column that stands twice",
        "mine.csv",
        b"text,label,text\na,pos,b\n",
        None,
        "has 2 columns 'text'",
    )
    yield Shape(
        "a flag that no file can use",
        "mine.jsonl",
        lines(*OBJECTS),
        None,
        "--delimiter is of CSV and TSV files",
        {"delimiter": ";"},
    )


def rows() -> Iterator[Shape]:
    yield Shape(
        "rows wholly empty",
        "mine.csv",
        b"text,label\ngreat film,pos\n,\n\nbad film,neg\n",
        ["great film", "bad film"],
        "2 wholly empty rows were dropped",
    )
    yield Shape(
        "a comma behind every row",
        "mine.csv",
        b"text,label\ngreat film,pos,\nbad film,neg,\n",
        ["great film", "bad film"],
        "each row ends with a ',' that the heading does not have",
    )
    yield Shape(
        "three commas behind every row",
        "mine.csv",
        b"text,label\ngreat film,pos,,,\nbad film,neg,,,\n",
        ["great film", "bad film"],
        "each row ends with 3 ',' that the heading does not have",
    )
    yield Shape(
        "a comma behind some rows",
        "mine.csv",
        b"text,label\nfine,pos\nfine,neg,\nfine,pos\n",
        None,
        "line 3: The row ends with a ',' more than the heading, and not each row does",
    )
    yield Shape(
        "a comma behind heading and rows",
        "mine.csv",
        b"text,label,\ngreat film,pos,\n",
        ["great film"],
    )
    yield Shape(
        "a comma in a text without quotes",
        "mine.csv",
        b"text,label\nfine,pos\nfine, but,neg\n",
        None,
        "line 3: The row has more fields than the heading",
    )
    yield Shape(
        "a text of two lines without quotes",
        "mine.csv",
        b"id,text,label\n1,great\nfilm,pos\n",
        None,
        "line 2: The row has 2 of 3 fields",
    )
    yield Shape(
        "a text of two lines in quotes",
        "mine.csv",
        b'text,label\n"great\nfilm",pos\n',
        ["great\nfilm"],
    )


def quotes() -> Iterator[Shape]:
    stray = b'text\tlabel\n"great\tpos\nbad\tneg\nfine"\tpos\ndull\tneg\n'
    yield Shape(
        "a quote that is never closed",
        "mine.csv",
        b'text,label\nfine,pos\n"great,pos\nbad,neg\n',
        None,
        "line 3: A quote in this row is not closed in the 1 lines that follow",
    )
    yield Shape(
        "a quote that another row closes",
        "mine.csv",
        b'text,label\n"great,pos\nbad,neg\n"fine",pos\n',
        None,
        "line 2: Text stands after a closing quote in line 4",
    )
    yield Shape(
        "texts that begin or end with a stray quote",
        "mine.tsv",
        stray,
        ["great\tpos\nbad\tneg\nfine", "dull"],
        "line 2: this row takes lines 2 to 4, and looks like several in one",
    )
    yield Shape(
        "the same, told that quotes are letters",
        "mine.tsv",
        stray,
        ['"great', "bad", 'fine"', "dull"],
        flags={"unquoted": True},
    )
    yield Shape(
        "quotes around texts of a file in which they are letters",
        "mine.csv",
        b'text,label\n"good, really",pos\n',
        None,
        "line 2: The row has more fields than the heading. Where quotes are letters",
        {"unquoted": True},
    )
    yield Shape("typographic quotes", "mine.csv", "text,label\n“good”,pos\n".encode(), ["“good”"])
    yield Shape(
        "a record of many more lines than its neighbours",
        "mine.csv",
        b"text,label\nfine,pos\n" + b'"great' + b"\nbad, dull, slow" * 20 + b'",neg\n',
        ["fine", "great" + "\nbad, dull, slow" * 20],
        "this row takes lines 3 to 23",
    )
    yield Shape(
        "quotes behind backslashes",
        "mine.csv",
        b'text,label\n"a \\"great\\" film, really",pos\n',
        ['a "great" film, really'],
    )
    yield Shape(
        "single quotes", "mine.csv", b"'text','label'\n'great, really','pos'\n", ["great, really"]
    )
