"""Shapes of files in all encodings and compressions."""

from collections.abc import Iterator

from tools.shapes.contents import (
    ARRAY,
    CSV,
    GERMAN,
    PACKERS,
    RUSSIAN,
    gzipped,
    lines,
    parquet,
    tarred,
    zipped,
    zstandard,
)
from tools.shapes.shape import LABELS, OBJECTS, TEXTS, Shape


def encodings() -> Iterator[Shape]:
    german = ["über alle Maßen schön", "träge"]
    for name, encoding in (
        ("UTF-8", "utf-8"),
        ("UTF-8 with a byte order mark", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16 without a byte order mark", "utf-16-le"),
    ):
        yield Shape(name, "mine.csv", GERMAN.encode(encoding), german)
    told = "is not UTF-8; it is read as Windows-1252"
    yield Shape(
        "Windows-1252",
        "mine.csv",
        "text,label\nit’s “great” – 5 €,pos\n".encode("cp1252"),
        ["it’s “great” – 5 €"],
        told,
    )
    yield Shape("Latin-1", "mine.csv", GERMAN.encode("latin-1"), german, told)
    yield Shape(
        "Latin-1, named",
        "mine.csv",
        GERMAN.encode("latin-1"),
        german,
        flags={"encoding": "latin-1"},
    )
    russian = ["супер фильм очень понравился", "ужасный фильм скучно и плохо"]
    yield Shape(
        "Windows-1251", "mine.csv", RUSSIAN.encode("cp1251"), russian, "read as Windows-1251"
    )
    yield Shape(
        "UTF-16 without a byte order mark, in other letters",
        "mine.csv",
        RUSSIAN.encode("utf-16-le"),
        russian,
    )
    yield Shape("two byte order marks", "mine.csv", b"\xef\xbb\xbf" * 2 + CSV)
    yield Shape(
        "a byte order mark of another encoding",
        "mine.csv",
        CSV.decode().encode("utf-8-sig"),
        None,
        "begins with the byte order mark of UTF-8. Leave out --encoding latin-1.",
        {"encoding": "latin-1"},
    )
    yield Shape(
        "letters that encodings share",
        "mine.csv",
        "text,label\nschön,pos\n".encode("latin-1"),
        ["schön"],
        told,
    )
    polish = "Książka jest świetna i żywa, a źle się kończy"
    for encoding, spelt in (("cp1250", "Windows-1250"), ("iso8859_2", "ISO-8859-2")):
        yield Shape(
            spelt.replace("ISO-8859-2", "Latin-2"),
            "mine.csv",
            f'text,label\n"{polish}",pos\n'.encode(encoding),
            [polish],
            f"it is read as {spelt}",
        )
    yield Shape(
        "a few letters of another encoding",
        "mine.csv",
        "text,label\n非常好看,pos\n".encode("gbk"),
        ["非常好看"],
        "it is read as gb18030",
    )
    yield Shape(
        "an encoding that does not fit",
        "mine.csv",
        GERMAN.encode("latin-1"),
        None,
        "is not UTF-8 in line 2",
        {"encoding": "utf-8"},
    )
    yield Shape(
        "UTF-8 of which a row is in another encoding",
        "mine.csv",
        "text,label\nschön,pos\n".encode() + b"tr\xe4ge,neg\n",
        ["schön", "träge"],
        "mine.csv is UTF-8, but not in line 3 and maybe others, which are read as Windows-1252",
    )
    yield Shape(
        "rows in another encoding, then UTF-8",
        "mine.csv",
        b"text,label\ntr\xe4ge,neg\n" + "schön,pos\n".encode() * 2,
        ["träge", "schön", "schön"],
        "mine.csv is UTF-8, but not in line 2 and maybe others, which are read as Windows-1252",
    )
    yield Shape(
        "UTF-8 of which a letter is damaged",
        "mine.csv",
        "text,label\nsehr schön süß und grün und b".encode() + b"\xe4h,pos\n",
        ["sehr schön süß und grün und bäh"],
        "mine.csv is UTF-8, but not in line 2",
    )
    yield Shape(
        "a zero byte in a text",
        "mine.csv",
        b"text,label\ngood\0 film,pos\nbad,neg\n",
        ["good\0 film", "bad"],
    )
    yield Shape(
        "no text at all",
        "mine.csv",
        bytes(range(256)) * 4,
        None,
        "is not UTF-8 in line 3, and no text in any other encoding that is known.",
    )
    yield Shape(
        "Parquet under the name of a CSV",
        "mine.csv",
        b"PAR1\x15\x04",
        None,
        "holds Parquet, not text",
    )


def packed() -> Iterator[Shape]:
    for ending, pack in PACKERS.items():
        yield Shape(f"CSV as {ending}", f"mine.csv{ending}", pack(CSV))
    yield Shape("JSON Lines as .gz", "mine.jsonl.gz", gzipped(lines(*OBJECTS)))
    yield Shape("an array of JSON as .zst", "mine.json.zst", zstandard(ARRAY))
    table = parquet({"text": TEXTS, "label": LABELS})
    yield Shape("Parquet as .gz", "mine.parquet.gz", gzipped(table))
    yield Shape(
        "a zip file that does not tell its kind",
        "mine.zip",
        zipped({"__MACOSX/._mine.csv": b"", "folder/mine.csv": CSV}),
    )
    yield Shape(
        "a zip file of two files",
        "mine.csv.zip",
        zipped({"a.csv": CSV, "b.csv": CSV}),
        None,
        "holds 2 files (a.csv, b.csv)",
    )
    yield Shape(
        "a zip file of another kind",
        "mine.zip",
        zipped({"mine.xlsx": b""}),
        None,
        "holds mine.xlsx, which has an ending that is not known",
    )
    yield Shape(
        "a zip file of what is packed",
        "mine.zip",
        zipped({"mine.csv.gz": gzipped(CSV)}),
        None,
        "holds mine.csv.gz, which is packed itself. Unpack mine.zip",
    )
    yield Shape(
        "an archive of files", "mine.tar.gz", tarred(CSV), None, "Unpack it, and pass one of them."
    )
    yield Shape(
        "an archive of files under another name",
        "mine.csv.gz",
        tarred(CSV),
        None,
        "holds a tar archive, not text",
    )
    yield Shape(
        "Feather under the name of a CSV", "mine.csv", b"ARROW1\0\0", None, "holds Arrow or Feather"
    )
    yield Shape("a page in the place of a zip file", "mine.zip", b"<html>", None, "is no zip file")
    yield Shape(
        "a name that does not tell what is packed",
        "mine.gz",
        gzipped(CSV),
        None,
        "Name it for what is in it, such as mine.csv.gz",
    )
    yield Shape(
        "an Excel sheet", "mine.xlsx", b"PK\x03\x04", None, "has an ending that is not known: .xlsx"
    )
    yield Shape(
        "a download that is cut off",
        "mine.csv.gz",
        gzipped(CSV)[:30],
        None,
        "cannot be decompressed",
    )
    yield Shape("no gzip data at all", "mine.csv.gz", CSV, None, "cannot be decompressed")
