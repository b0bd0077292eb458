"""What a label is, which classes there are, in which order, and what is said of the rest."""

import math
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sentiment import data
from sentiment.data import labels
from sentiment.data.prediction_texts import read_lines
from sentiment.errors import DataError
from sentiment.settings import DataSettings
from tests.support.processes import python
from tests.support.reviews import write_csv

PLENTY = [(f"text {n}", ("neg", "pos")[n % 2]) for n in range(60)]


def load(path: Path, **changes: Any) -> data.Corpus:
    return data.load(DataSettings.parse({"data": str(path), **changes}))


def load_test(path: Path, names: list[str], **changes: Any) -> data.Corpus:
    return data.load_test(DataSettings.parse({"data": str(path), **changes}), names)


def totals(corpus: data.Corpus) -> dict[str, int]:
    """Return how many rows each class has in all splits together."""
    together: Counter[str] = Counter()
    for counts in corpus.summary.class_counts.values():
        together.update(counts)
    return dict(together)


def graded(path: Path, each: int, *values: object) -> Path:
    """Write `each` rows of every value."""
    return write_csv(path, [(f"text {n} of {v}", v) for n in range(each) for v in values])


# --- what a cell says -----------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ((1, 1.0, "1", " 1 ", "1.", "1.00", "\u200b1"), "1"),
        ((-1, -1.0, "-1", "-1.0"), "-1"),
        ((0, -0.0, "0", "-0", "0.0"), "0"),
        ((True, "True", "true", "TRUE", " true"), "True"),
        (("pos", " pos", "pos\t", "\u00a0pos", "\ufeffpos"), "pos"),
        (("caf\u00e9", "cafe\u0301"), "caf\u00e9"),
        ((None, math.nan, "", "  "), ""),
        (("very good",), "very good"),
    ],
)
def test_a_label_is_spelt_in_one_way(cells: tuple[Any, ...], text: str) -> None:
    assert {labels.label_text(cell) for cell in cells} == {text}


@pytest.mark.parametrize(
    "cell",
    [None, math.nan, "", "nan", "NaN", "None", "none", "NULL", "null", "N/A", "n/a", "NA", "<NA>"],
)
def test_a_missing_label_is_known_in_each_of_its_spellings(cell: Any) -> None:
    assert labels.is_missing(labels.label_text(cell))


@pytest.mark.parametrize("label", ["0", "no", "neutral", "False", "nano", "nothing"])
def test_a_label_that_only_looks_like_nothing_is_one(label: str) -> None:
    assert not labels.is_missing(label)


# --- order ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "ordered",
    [
        ["-1", "0", "1"],
        ["-2.5", "-1", "0.5", "9", "10", "1e3"],
        ["1", "2", "a", "b"],
        ["3", "infinity", "inflation", "nano"],
        ["01", "1", "1_000", "one"],
    ],
)
def test_numbers_come_before_words_and_no_two_labels_are_alike(ordered: list[str]) -> None:
    shuffled = [*ordered[1::2], *ordered[::2]]
    assert sorted(shuffled, key=labels.sort_key) == ordered
    assert len({labels.sort_key(label) for label in ordered}) == len(ordered)


SEEDED = """
import sys
from sentiment import data
from sentiment.settings import DataSettings
settings = DataSettings(data=sys.argv[1], missing_label="unknown")
print(data.load(settings).labels)
"""


def test_the_order_is_the_same_in_every_process(tmp_path: Path) -> None:
    values = ["nan", "good", "10", "", "9", "None", "Inf", "1e1", "infinity", "x"]
    path = graded(tmp_path / "mine.csv", 12, *values)
    orders = {python("-c", SEEDED, path, PYTHONHASHSEED=str(seed)).stdout for seed in range(3)}
    assert orders == {"['9', '10', '1e1', 'Inf', 'good', 'infinity', 'unknown', 'x']\n"}


# --- --labels -------------------------------------------------------------------


@pytest.mark.parametrize(
    "stated",
    [
        ("-1=bad", "0=so", "1=good"),
        ("1=good", "-1=bad", "0=so"),
        ("0=so", "1.0=good", " -1 =bad "),
    ],
)
def test_values_are_named_in_any_order_which_is_that_of_the_classes(
    tmp_path: Path, stated: tuple[str, ...]
) -> None:
    path = graded(tmp_path / "mine.csv", 20, -1, 0, 1)
    corpus = load(path, labels=stated)
    assert corpus.labels == [item.split("=")[1].strip() for item in stated]
    assert totals(corpus) == {"bad": 20, "so": 20, "good": 20}


def test_several_values_may_share_a_name_and_others_are_left_out_with_their_number_told(
    tmp_path: Path,
) -> None:
    path = graded(tmp_path / "stars.csv", 20, 1, 2, 3, 4, 5)
    corpus = load(path, labels=("1=negative", "2=negative", "4=positive", "5=positive"))
    assert corpus.labels == ["negative", "positive"]
    assert totals(corpus) == {"negative": 40, "positive": 40}
    assert corpus.notes == ("left out: 20 rows whose label is not among --labels: '3' 20",)


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        (("x=1", "x=2"), ["x=1", "x=2"]),
        (("x=1=one", "x=2=two"), ["one", "two"]),
        (("x=2=a=b", "x=1=c"), ["a=b", "c"]),
    ],
)
def test_a_value_that_holds_an_equals_sign_is_found_by_what_the_file_has(
    tmp_path: Path, stated: tuple[str, ...], names: list[str]
) -> None:
    assert load(graded(tmp_path / "mine.csv", 20, "x=1", "x=2"), labels=stated).labels == names


def test_a_name_may_hold_an_equals_sign(tmp_path: Path) -> None:
    path = graded(tmp_path / "mine.csv", 20, "a", "b")
    assert load(path, labels=("a=x=1", "b=x=2")).labels == ["x=1", "x=2"]


def test_a_value_that_no_row_has_beside_one_that_has_the_name_is_no_error(tmp_path: Path) -> None:
    path = graded(tmp_path / "stars.csv", 20, 1, 5)
    assert totals(load(path, labels=("1=bad", "4=good", "5=good"))) == {"bad": 20, "good": 20}


def test_space_around_labels_goes(tmp_path: Path) -> None:
    cells = ("pos", " pos", "neg ", "neg")
    path = write_csv(tmp_path / "mine.csv", [(f"text {n}", cells[n % 4]) for n in range(80)])
    assert totals(load(path)) == {"neg": 40, "pos": 40}


def test_labels_may_be_stated_for_a_test_in_another_order_than_the_models(tmp_path: Path) -> None:
    path = graded(tmp_path / "stars.csv", 2, 1, 2, 3, 4, 5)
    stated = ("5=positive", "4=positive", "1=negative")
    corpus = load_test(path, ["negative", "positive"], labels=stated)
    assert corpus.labels == ["negative", "positive"]
    assert corpus.summary.class_counts["test"] == {"negative": 2, "positive": 4}
    assert corpus.notes == ("left out: 4 rows whose label is not among --labels: '2' 2, '3' 2",)


def test_the_labels_of_a_model_are_found_in_the_spelling_of_another_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "yes", "label": true}\n{"text": "no", "label": false}\n')
    corpus = load_test(path, ["true", "False"])
    assert corpus.summary.class_counts["test"] == {"true": 1, "False": 1}


# --- missing labels -------------------------------------------------------------

GAPS = [*PLENTY, ("a", ""), ("b", "nan"), ("c", "None"), ("d", "None")]


def test_rows_without_a_label_are_refused_in_all_spellings(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GAPS)
    with pytest.raises(DataError) as caught:
        load(path)
    assert "has 4 rows without a label ('None' 2, '' 1, 'nan' 1)" in str(caught.value)
    assert "--missing-label NAME" in str(caught.value)


def test_a_missing_label_is_a_class_when_that_is_asked_for(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*GAPS, *((f"e {n}", "") for n in range(26))])
    corpus = load(path, missing_label="unclear")
    assert corpus.labels == ["neg", "pos", "unclear"]
    assert totals(corpus) == {"neg": 30, "pos": 30, "unclear": 30}


def test_rows_without_a_label_are_left_out_if_the_others_are_named(tmp_path: Path) -> None:
    corpus = load(write_csv(tmp_path / "mine.csv", GAPS), labels=("neg", "pos"))
    assert totals(corpus) == {"neg": 30, "pos": 30}
    assert corpus.notes == (
        "left out: 4 rows whose label is not among --labels: 'None' 2, '' 1, 'nan' 1",
    )


def test_one_spelling_is_a_class_if_it_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*PLENTY, *((f"e {n}", "none") for n in range(30))])
    stated = ("neg", "none=neutral", "pos")
    assert totals(load(path, labels=stated)) == {"neg": 30, "neutral": 30, "pos": 30}


def test_the_class_of_missing_labels_is_where_its_name_is_stated(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*PLENTY, *((f"e {n}", "") for n in range(30))])
    corpus = load(path, labels=("neg", "pos=fine"), missing_label="fine")
    assert totals(corpus) == {"neg": 30, "fine": 60}


def test_missing_labels_of_a_test_file_are_the_models_class(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [("a", "neg"), ("b", ""), ("c", "n/a")])
    corpus = load_test(path, ["neg", "unclear"], missing_label="unclear")
    assert corpus.summary.class_counts["test"] == {"neg": 1, "unclear": 2}


# --- what looks wrong -----------------------------------------------------------


def test_labels_that_differ_in_case_alone_are_warned_of_quoted_with_how_to_join_them(
    tmp_path: Path,
) -> None:
    rows = [*PLENTY, *((f"more {n}", "Pos") for n in range(20)), ("very", "very good")]
    path = write_csv(tmp_path / "mine.csv", [*rows, ("fine", "very good"), ("ok", "very good")])
    (warning,) = load(path).notes
    assert warning.startswith(
        "WARNING: the labels 'pos' 30, 'Pos' 20 differ in case alone; to make one of them: "
    )
    stated = shlex.split(warning.partition("--labels ")[2])
    joined = load(path, labels=tuple(stated))
    assert joined.notes == ()
    assert totals(joined) == {"neg": 30, "pos": 50, "very good": 3}


def complaint(path: Path, **changes: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(path, **changes)
    return str(caught.value)


def test_swapped_columns_are_told_by_the_number_of_labels_and_a_few_of_them(
    tmp_path: Path,
) -> None:
    rows = [(("neg", "pos")[n % 2], f"a review that is number {n:02}") for n in range(90)]
    said = complaint(write_csv(tmp_path / "mine.csv", rows))
    assert "90 different labels in 90 rows: ['a review that is number 00', " in said
    assert "… 85 more]" in said
    assert len(said) < 500


def test_texts_that_repeat_are_still_no_labels(tmp_path: Path) -> None:
    rows = [("pos", f"the same long review that {n % 30} people have written") for n in range(90)]
    assert "30 different labels in 90 rows" in complaint(write_csv(tmp_path / "mine.csv", rows))


def test_a_score_is_told_to_be_one(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "m.csv", [(f"text {n}", f"{n % 101 / 100}") for n in range(1010)])
    said = complaint(path)
    assert "101 different labels in 1,010 rows: ['0', '0.01', " in said
    assert "They look like a score" in said


def test_many_classes_with_enough_rows_are_trained(tmp_path: Path) -> None:
    path = graded(tmp_path / "intents.csv", 30, *(f"intent {n}" for n in range(77)))
    assert len(load(path).labels) == 77


def test_half_stars_are_no_score(tmp_path: Path) -> None:
    assert len(load(graded(tmp_path / "m.csv", 30, *(n / 2 for n in range(1, 11)))).labels) == 10


@pytest.mark.parametrize("changes", [{}, {"labels": ("a", "b")}, {"labels": ("label 1", "b")}])
def test_no_complaint_about_labels_lists_them_all(tmp_path: Path, changes: Any) -> None:
    rows = [(f"text {n}", f"label {n} {'long ' * 100}") for n in range(3000)]
    said = complaint(write_csv(tmp_path / "mine.csv", rows), **changes)
    assert len(said) < 800


def test_rows_that_repeat_the_heading_are_named_as_such(tmp_path: Path) -> None:
    """As in a file that was joined from several."""
    rows = [*PLENTY[:30], ("text", "label"), *PLENTY[30:], (" text", "label ")]
    path = write_csv(tmp_path / "mine.csv", rows)
    corpus = load(path)
    assert corpus.labels == ["neg", "pos"]
    assert corpus.notes == (
        f"left out: 2 rows of {path} that repeat its heading, in lines [32, 63]",
    )


def test_a_heading_in_between_is_no_text_to_predict_either(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [("good", "pos"), ("text", "label"), ("bad", "neg")])
    notes: list[str] = []
    lines = list(read_lines(path, "text", tell=notes.append))
    assert [(line.text, line.row) for line in lines] == [("good", 1), ("bad", 3)]
    assert notes == [f"left out: 1 row of {path} that repeats its heading, in line 3"]


def test_a_text_that_is_the_word_text_is_no_heading(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", [*PLENTY, ("text", "neg")])
    assert load(path).notes == ()


def test_a_value_with_two_names_is_refused_with_both(tmp_path: Path) -> None:
    said = complaint(write_csv(tmp_path / "m.csv", PLENTY), labels=("pos=x", "pos=y", "neg"))
    assert "--labels gives 'pos' two different names, 'x' and 'y'." in said


def test_a_stated_value_that_no_row_has_is_answered_with_those_there_are(tmp_path: Path) -> None:
    said = complaint(write_csv(tmp_path / "m.csv", PLENTY), labels=("neg", "Pos=good"))
    assert said.startswith("No row has the label ['Pos']; there are 'neg' 30, 'pos' 30.")
