"""Reading your own labelled text; what is wrong with a file is in `test_bad_files`."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sentiment.data import labelled_files
from sentiment.errors import DataError
from sentiment.settings import DataSettings
from tests.support.reviews import write_csv

ROWS = [("good film", "pos"), ("bad, dull plot", "neg"), ("it was very good", "pos")]


def settings(path: Path, **changes: Any) -> DataSettings:
    return DataSettings.parse({"data": str(path), **changes})


def table(path: Path, **changes: Any) -> list[tuple[str, str]]:
    rows = labelled_files.read_table(path, settings(path, **changes))
    return [(row.text, row.label) for row in rows]


def test_set(path: Path, names: list[str], **changes: Any) -> list[dict[str, Any]]:
    rows = labelled_files.load_test_file(settings(path, **changes), names)["test"]
    return list(rows.select_columns(["text", "label"]))


test_set.__test__ = False  # type: ignore[attr-defined]


def many(path: Path, labels: list[str], each: int) -> Path:
    rows = [(f"text {n} of {label}", label) for n in range(each) for label in labels]
    return write_csv(path, rows)


def as_csv(path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(path, index=False)


def as_tsv(path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(path, index=False, sep="\t")


def as_json_lines(path: Path, frame: pd.DataFrame) -> None:
    path.write_text("\n".join(json.dumps(row) for row in frame.to_dict("records")))


def as_parquet(path: Path, frame: pd.DataFrame) -> None:
    frame.to_parquet(path)


each_format = pytest.mark.parametrize(
    ("ending", "write"),
    [
        (".csv", as_csv),
        (".CSV", as_csv),
        (".tsv", as_tsv),
        (".jsonl", as_json_lines),
        (".parquet", as_parquet),
    ],
)
Write = Callable[[Path, pd.DataFrame], None]


@each_format
def test_a_file_of_any_format_gives_its_texts_and_labels(
    tmp_path: Path, ending: str, write: Write
) -> None:
    path = tmp_path / f"mine{ending}"
    write(path, pd.DataFrame(ROWS, columns=["text", "label"]))
    assert table(path) == ROWS


@each_format
def test_integer_labels_are_spelt_as_integers(tmp_path: Path, ending: str, write: Write) -> None:
    path = tmp_path / f"mine{ending}"
    write(path, pd.DataFrame({"text": ["good", "bad"], "label": [5, 1]}))
    assert table(path) == [("good", "5"), ("bad", "1")]


@each_format
def test_float_looking_integer_labels_are_spelt_as_integers(
    tmp_path: Path, ending: str, write: Write
) -> None:
    """As a table tool leaves them that has seen a gap in the column."""
    path = tmp_path / f"mine{ending}"
    write(path, pd.DataFrame({"text": ["good", "bad"], "label": [5.0, 1.0]}))
    assert table(path) == [("good", "5"), ("bad", "1")]


@each_format
def test_boolean_labels_are_words(tmp_path: Path, ending: str, write: Write) -> None:
    path = tmp_path / f"mine{ending}"
    write(path, pd.DataFrame({"text": ["good", "bad"], "label": [True, False]}))
    assert table(path) == [("good", "True"), ("bad", "False")]


@each_format
@pytest.mark.parametrize("word", ["NA", "null", "None", "nan", "N/A"])
def test_a_word_that_looks_like_a_gap_stays_a_text(
    tmp_path: Path, ending: str, write: Write, word: str
) -> None:
    path = tmp_path / f"mine{ending}"
    write(path, pd.DataFrame({"text": [word, "good"], "label": ["neg", "pos"]}))
    assert table(path)[0] == (word, "neg")


@each_format
def test_other_columns_are_left_out(tmp_path: Path, ending: str, write: Write) -> None:
    path = tmp_path / f"mine{ending}"
    write(path, pd.DataFrame({"id": [1], "stars": [5], "review": ["good"], "label": ["x"]}))
    assert table(path, text_column="review", label_column="stars") == [("good", "5")]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,label\ngood,1\n", encoding="utf-8-sig")
    assert table(path) == [("good", "1")]


def test_a_quoted_text_may_hold_commas_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('text,label\n"good, but\nlong",1\n')
    assert table(path) == [("good, but\nlong", "1")]


def test_a_json_text_that_looks_like_a_number_or_a_date_stays_as_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "007", "label": 0}\n{"text": "2020-01-01", "label": 1}\n')
    assert table(path) == [("007", "0"), ("2020-01-01", "1")]


def test_a_missing_text_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": null, "label": 0}\n{"text": "good", "label": 1}\n')
    assert table(path) == [("", "0"), ("good", "1")]


def test_categories_are_read_as_the_words_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    frame = pd.DataFrame({"text": ["good", None, "bad"], "label": [5.0, 1.0, 1.0]})
    frame.astype("category").to_parquet(path)
    assert table(path) == [("good", "5"), ("", "1"), ("bad", "1")]
    assert test_set(path, ["1", "5"])[0] == {"text": "good", "label": 1}


def test_what_is_not_read_may_hold_half_a_surrogate_pair(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"user": "\\ud83d", "text": "\\ud83d\\ude00", "label": 1}\n')
    assert table(path) == [("😀", "1")]


# --- labels -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (["pos", "neg"], ["neg", "pos"]),
        (["1", "0"], ["0", "1"]),
        (["10", "9", "1"], ["1", "9", "10"]),
        (["b", "2", "a", "1"], ["1", "2", "a", "b"]),
        (["joy", "anger", "fear", "love"], ["anger", "fear", "joy", "love"]),
    ],
)
def test_labels_found_are_sorted_numbers_first(
    tmp_path: Path, found: list[str], names: list[str]
) -> None:
    loaded = labelled_files.load_files(settings(many(tmp_path / "mine.csv", found, each=20)))
    assert loaded["train"].features["label"].names == names


def test_labels_stated_are_in_the_order_stated(tmp_path: Path) -> None:
    path = many(tmp_path / "mine.csv", ["pos", "neg"], each=20)
    loaded = labelled_files.load_files(settings(path, labels=("pos", "neg")))
    assert loaded["train"].features["label"].names == ["pos", "neg"]


def test_label_values_can_be_given_names(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", 5), ("bad", 1)])
    rows = test_set(path, ["negative", "positive"], labels=("1=negative", "5=positive"))
    assert rows == [{"text": "good", "label": 1}, {"text": "bad", "label": 0}]


def test_a_file_in_a_models_own_labels_needs_no_naming(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", "positive"), ("bad", "negative")])
    rows = test_set(path, ["negative", "positive"])
    assert [row["label"] for row in rows] == [1, 0]


def test_a_file_in_other_labels_than_the_models_says_how_to_map_them(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", 5), ("bad", 1)])
    with pytest.raises(DataError, match=r"\['bad', 'good'\].*--labels VALUE=NAME"):
        test_set(path, ["negative", "positive"], labels=("1=bad", "5=good"))


def test_a_file_may_hold_fewer_labels_than_the_model(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", "positive")])
    assert test_set(path, ["negative", "positive"]) == [{"text": "good", "label": 1}]


# --- splits -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "train", "validation", "test"),
    [(20, 28, 8, 4), (249, 348, 100, 50), (250, 400, 50, 50)],
)
def test_a_file_is_split_into_a_tenth_a_tenth_or_a_fifth_of_few_rows_and_the_rest(
    tmp_path: Path, each: int, train: int, validation: int, test: int
) -> None:
    """Validation decides when training on few rows ends, and needs more of them."""
    path = many(tmp_path / "mine.csv", ["a", "b"], each=each)
    loaded = labelled_files.load_files(settings(path))
    assert loaded.num_rows == {"train": train, "validation": validation, "test": test}


def test_every_row_is_in_one_split(tmp_path: Path) -> None:
    path = many(tmp_path / "mine.csv", ["a", "b"], each=20)
    loaded = labelled_files.load_files(settings(path))
    together = [text for part in loaded.values() for text in part["text"]]
    assert sorted(together) == sorted(text for text, _ in table(path))


def test_each_split_has_the_shares_of_the_file(tmp_path: Path) -> None:
    rows = [(f"text {n}", "rare" if n % 4 == 0 else "common") for n in range(800)]
    loaded = labelled_files.load_files(settings(write_csv(tmp_path / "mine.csv", rows)))
    for part in loaded.values():
        rare = Counter(part["label"])[part.features["label"].str2int("rare")]
        assert rare / len(part) == pytest.approx(0.25, abs=0.02)


def test_the_same_seed_splits_the_same_way(tmp_path: Path) -> None:
    path = many(tmp_path / "mine.csv", ["a", "b"], each=20)
    first, second = (
        labelled_files.load_files(settings(path, seed=3))["test"]["text"] for _ in range(2)
    )
    assert list(first) == list(second)


def test_another_seed_splits_another_way(tmp_path: Path) -> None:
    path = many(tmp_path / "mine.csv", ["a", "b"], each=20)
    first, second = (
        labelled_files.load_files(settings(path, seed=seed))["test"]["text"] for seed in (3, 4)
    )
    assert set(first) != set(second)


def test_files_of_their_own_are_the_splits_they_are_named_for(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "train.csv", [("good", "pos"), ("bad", "neg")])
    validation = write_csv(tmp_path / "v.csv", [("dull", "neg")])
    test = write_csv(tmp_path / "t.csv", [("great", "pos"), ("loved", "pos")])
    loaded = labelled_files.load_files(settings(path, validation_file=validation, test_file=test))
    assert {name: list(part["text"]) for name, part in loaded.items()} == {
        "train": ["good", "bad"],
        "validation": ["dull"],
        "test": ["great", "loved"],
    }


def test_a_split_without_a_file_is_held_out_of_the_main_one(tmp_path: Path) -> None:
    path = many(tmp_path / "train.csv", ["a", "b"], each=20)
    test = write_csv(tmp_path / "t.csv", [("great", "b")])
    loaded = labelled_files.load_files(settings(path, test_file=test))
    assert loaded.num_rows == {"train": 32, "test": 1, "validation": 8}
