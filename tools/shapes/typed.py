"""Shapes of JSON and Parquet, whose values have types."""

import json
from collections.abc import Iterator

from tools.shapes.contents import ARRAY, class_label, lines, parquet
from tools.shapes.shape import LABELS, OBJECTS, TEXTS, Shape


def json_files() -> Iterator[Shape]:
    yield Shape("an array of JSON", "mine.json", ARRAY)
    yield Shape("JSON Lines as .json", "mine.json", lines(*OBJECTS))
    yield Shape("JSON Lines as .ndjson", "mine.ndjson", lines(*OBJECTS))
    yield Shape("JSON Lines", "mine.jsonl", lines(*OBJECTS))
    yield Shape("an array as .jsonl", "mine.jsonl", ARRAY)
    yield Shape(
        "an array that is cut off", "mine.json", ARRAY[:-2], None, "the array is not closed"
    )
    yield Shape(
        "an array behind an array",
        "mine.json",
        ARRAY + b"\n" + ARRAY,
        None,
        "something follows the array, and no row after it is read",
    )
    yield Shape(
        "an element that is no object",
        "mine.json",
        b'[{"text": "a", "label": 1}, "b"]',
        None,
        "row 2: The row is no JSON object",
    )
    yield Shape(
        "half a line",
        "mine.jsonl",
        b'{"text": "a", "label": 1}\n{"text": ',
        None,
        "line 2: The line is not valid JSON",
    )
    yield Shape(
        "one object of several lines",
        "mine.json",
        json.dumps({"data": OBJECTS}, indent=1).encode(),
        None,
        "begins with an object of several lines",
    )
    yield Shape(
        "an object of several lines that begins in one",
        "mine.json",
        b'{"data": [\n{"text": "great film", "label": "pos"}\n]}\n',
        None,
        "begins with an object of several lines",
    )
    yield Shape(
        "rows below a key",
        "mine.json",
        lines({"data": OBJECTS}),
        None,
        "it has ['data']",
    )
    yield Shape(
        "other keys", "mine.jsonl", lines({"review": "good", "stars": 5}), None, "no column 'text'"
    )
    yield Shape(
        "line ends of old Macs in JSON Lines", "mine.jsonl", lines(*OBJECTS).replace(b"\n", b"\r")
    )
    yield Shape(
        "commas behind lines of JSON",
        "mine.jsonl",
        lines(*OBJECTS).replace(b"}\n", b"},\n"),
        None,
        "line 1: The line is not valid JSON",
    )
    yield Shape(
        "a key that stands twice in an object",
        "mine.jsonl",
        lines(*OBJECTS) + b'{"text": "fine", "text": "bad", "label": "pos"}\n',
        None,
        "line 4: The key 'text' stands 2 times. Leave one of them.",
    )
    yield Shape(
        "the key of the label twice in an object",
        "mine.json",
        b'[{"text": "fine", "label": "pos", "label": "neg"}]',
        ["fine"],
        "row 1: The key 'label' stands 2 times.",
        trained=False,
    )
    yield Shape(
        "another key twice in an object",
        "mine.jsonl",
        b'{"text": "fine", "label": "pos", "id": 1, "id": 2}\n',
        ["fine"],
    )
    yield Shape(
        "a table by columns, as pandas writes it",
        "mine.json",
        lines({"text": {"0": "great film"}, "label": {"0": "pos"}}),
        None,
        "A text must be a string, not an object",
    )


def types() -> Iterator[Shape]:
    names = ("neg", "pos")
    numbers = [names.index(label) for label in LABELS]
    yield Shape("Parquet", "mine.parquet", parquet({"text": TEXTS, "label": LABELS}))
    yield Shape(
        "Parquet with `ClassLabel`",
        "mine.parquet",
        parquet({"text": TEXTS, "label": numbers}, class_label(names)),
        labels=LABELS,
    )
    yield Shape(
        "rows wholly empty in Parquet",
        "mine.parquet",
        parquet({"text": ["great film", None, "bad film"], "label": ["pos", None, "neg"]}),
        ["great film", "bad film"],
        "1 wholly empty row was dropped",
    )
    yield Shape(
        "bytes as texts",
        "mine.parquet",
        parquet({"text": [b"great"], "label": ["pos"]}),
        None,
        "row 1: A text must be a string, not bytes",
    )
    for what, text, words in (
        ("a number", 5, "a number"),
        ("a list", ["great"], "a list"),
        ("an object", {"a": 1}, "an object"),
    ):
        yield Shape(
            f"{what} as text",
            "mine.jsonl",
            lines(OBJECTS[0], {"text": text, "label": "pos"}),
            None,
            f"line 2: A text must be a string, not {words}",
        )
    yield Shape(
        "a text of more than a million characters",
        "mine.csv",
        b"text,label\n" + b"x" * 1_000_001 + b",pos\n",
        None,
        "line 2: The text has 1,000,001 characters; at most 1,000,000 are taken",
    )
    yield Shape("numbers as texts of a CSV", "mine.csv", b"text,label\n5,pos\n", ["5"])
    yield Shape(
        "truth as label",
        "mine.jsonl",
        lines({"text": "great", "label": True}, {"text": "bad", "label": "false"}),
        ["great", "bad"],
        labels=["True", "False"],
    )
    yield Shape(
        "numbers as labels",
        "mine.jsonl",
        lines({"text": "great", "label": 5.0}, {"text": "bad", "label": "1"}),
        ["great", "bad"],
        labels=["5", "1"],
    )
    yield Shape(
        "a list as label",
        "mine.jsonl",
        lines({"text": "great", "label": ["happy", "calm"]}),
        ["great"],
        "Several labels a text are not supported",
        trained=False,
    )
    yield Shape(
        "an object as label",
        "mine.jsonl",
        lines({"text": "great", "label": {"happy": 1}}),
        ["great"],
        "A label must be a word or a number, not an object",
        trained=False,
    )
    yield Shape(
        "plain text",
        "mine.txt",
        b"great film\nbad film\nfine\n",
        TEXTS,
        "is plain text, which has no labels",
        trained=False,
    )
