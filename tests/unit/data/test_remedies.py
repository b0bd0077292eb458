"""Each remedy that an error about a data file or its size names is followed to its end.

A row of the table is data and settings that are refused, and what a user does who reads the
remedy. The data must then load, or train, at the first attempt.
"""

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentiment import data
from sentiment.errors import SentimentError
from sentiment.settings import DataSettings
from tests.support.reviews import write_csv

Rows = Iterable[tuple[str, object]]
Values = dict[str, Any]
PLENTY = [(f"text {n}", ("neg", "pos")[n % 2]) for n in range(60)]
GAPS = [*PLENTY, ("a", ""), ("b", "None")]
FEW = [("good", "pos"), ("bad", "neg")]


@dataclass(frozen=True)
class Case:
    """What is refused, a part of the message, and what a reader of its remedy does."""

    rows: Rows
    says: str
    follow: Callable[[Path, Values, str], Values]
    """Takes the file, the settings and the message; returns settings to try next."""
    given: Values
    columns: tuple[str, ...] = ("text", "label")
    held_out: Rows = ()
    """Rows of a validation and of a test file, if there are to be such."""


def case(
    says: str,
    follow: Callable[[Path, Values, str], Values],
    rows: Rows = PLENTY,
    columns: tuple[str, ...] = ("text", "label"),
    held_out: Rows = (),
    **given: Any,
) -> Case:
    return Case(rows, says, follow, given, columns, held_out)


def with_settings(**changes: Any) -> Callable[[Path, Values, str], Values]:
    """Change settings as the remedy says."""
    return lambda _path, given, _said: {**given, **changes}


def with_rows(rows: Rows) -> Callable[[Path, Values, str], Values]:
    """Mend the file as the remedy says."""

    def follow(path: Path, given: Values, said: str) -> Values:
        write_csv(path, rows)
        return given

    return follow


def with_the_labels_suggested(path: Path, given: Values, said: str) -> Values:
    """Type what the message shows behind `--labels`."""
    (suggested,) = re.findall(r"--labels ([^;]+);", said)
    return {**given, "labels": tuple(shlex.split(suggested))}


def with_the_size_suggested(path: Path, given: Values, said: str) -> Values:
    (size,) = re.findall(r"Ask for (\d+) or more", said)
    return {**given, "train_size": int(size)}


def with_files_of_their_own(path: Path, given: Values, said: str) -> Values:
    files = {
        f"{split}_file": write_csv(path.parent / f"{split}.csv", [(split, "pos"), ("x", "neg")])
        for split in ("validation", "test")
    }
    return {**given, **files}


def with_the_numbers_suggested(path: Path, given: Values, said: str) -> Values:
    """Type the flags that the message shows for a file without a heading."""
    found = re.search(r"as in --text-column (\d) --label-column (\d)", said)
    assert found
    return {**given, "no_header": True, "text_column": found[1], "label_column": found[2]}


def without_groups(path: Path, given: Values, said: str) -> Values:
    """Pass files of their own, and leave out the groups."""
    return {**with_files_of_their_own(path, given, said), "group_column": None}


def without_a_label(label: str) -> Callable[[Path, Values, str], Values]:
    """Leave a label out of `--labels`."""
    return lambda _path, given, _said: {
        **given,
        "labels": tuple(item for item in given["labels"] if item.partition("=")[0] != label),
    }


CASES = {
    "no file": case("No such data file", with_settings(data=None), data="missing.csv"),
    "text column": case(
        "no column 'text'", with_settings(text_column="review"), columns=("review", "label")
    ),
    "label column": case(
        "no column 'label'", with_settings(label_column="stars"), columns=("text", "stars")
    ),
    "both columns": case(
        "no column 'text' and no column 'label'; it has ['review', 'stars']. Name yours with "
        "--text-column and --label-column",
        with_settings(text_column="review", label_column="stars"),
        columns=("review", "stars"),
    ),
    "no heading": case(
        "if its first line is a row", with_the_numbers_suggested, columns=("text 60", "neg")
    ),
    "no heading, columns by name": case(
        "--text-column is 'text' and --label-column is 'label'",
        with_the_numbers_suggested,
        columns=("text 60", "neg"),
        no_header=True,
    ),
    "no rows": case("has no rows", with_rows(PLENTY), rows=[]),
    "missing labels, removed": case("without a label", with_rows(PLENTY), rows=GAPS),
    "missing labels, labelled": case(
        "Remove or label them", with_rows([*PLENTY, ("a", "neg"), ("b", "pos")]), rows=GAPS
    ),
    "missing labels, left out": case(
        "naming the other labels: --labels neg pos, or",
        with_settings(labels=("neg", "pos")),
        rows=[*GAPS, ("c", "")],
    ),
    "missing labels, a class": case(
        "--missing-label NAME",
        with_settings(missing_label="unclear"),
        rows=[*GAPS, ("c", "")],
    ),
    "swapped columns": case(
        "60 different labels in 60 rows",
        with_settings(text_column="label", label_column="text"),
        rows=[(label, text) for text, label in PLENTY],
    ),
    "one label": case(
        "Two or more different labels",
        with_settings(label_column="team"),
        rows=[(text, "x", label) for text, label in PLENTY],  # type: ignore[misc]
        columns=("text", "label", "team"),
    ),
    "two values of one name": case(
        "Two or more different labels",
        with_settings(labels=("neg=bad", "pos=good")),
        labels=("neg=same", "pos=same"),
    ),
    "two names of one value": case(
        "name each value once",
        with_settings(labels=("pos=good", "neg")),
        labels=("pos=bad", "pos=good", "neg"),
    ),
    "a label that no row has, left out": case(
        "leave it out of --labels", without_a_label("meh"), labels=("neg", "meh=dull", "pos")
    ),
    "a label that no row has, corrected": case(
        "No row has the label ['POS']; there are 'neg' 30, 'pos' 30.",
        with_settings(labels=("neg", "pos")),
        labels=("neg", "POS"),
    ),
    "a label of a held-out file": case(
        "labels that are not among ['neg', 'pos']: ['so-so']",
        with_the_labels_suggested,
        held_out=[*FEW, ("meh", "so-so")],
    ),
    "a label with a space in it": case(
        "labels that are not among ['1', 'very good']: ['x']",
        with_the_labels_suggested,
        rows=[(text, {"neg": 1, "pos": "very good"}[label]) for text, label in PLENTY],
        held_out=[("fine", "very good"), ("a", 1), ("b", "x")],
    ),
    "no training rows of a stated label": case(
        "no training rows of ['dull']",
        without_a_label("dull"),
        rows=FEW,
        held_out=[*((f"d {n}", label) for n, label in enumerate(("dull", "neg", "pos")))],
        labels=("neg", "dull", "pos"),
    ),
    "no training rows of a label found": case(
        "no training rows of ['meh']",
        with_settings(labels=("neg", "pos")),
        rows=[*FEW, ("same", "meh")],
        held_out=[("a fine film", "pos"), ("same", "meh")],
    ),
    "too few rows, more of them": case("Too few", with_rows(PLENTY), rows=FEW),
    "too few rows, files of their own": case("Too few", with_files_of_their_own, rows=FEW),
    "too few rows of a label, left out": case(
        "'meh' has 1 row. Add others, leave them out by naming the other labels",
        with_settings(labels=("neg", "pos")),
        rows=[*PLENTY, ("a", "meh")],
    ),
    "too few groups, files of their own": case(
        "pass --validation-file and --test-file without --group-column",
        without_groups,
        rows=[(text, label, f"film {n // 40}") for n, (text, label) in enumerate(PLENTY)],  # type: ignore[misc]
        columns=("text", "label", "film"),
        group_column="film",
    ),
    "fewer rows than labels": case(
        "leaves no rows of ['c', 'd']",
        with_the_size_suggested,
        rows=[(f"text {n}", "abcd"[n % 4]) for n in range(90)],
        train_size=2,
    ),
    "texts that are all empty": case(
        "no rows that hold text",
        with_settings(text_column="body"),
        rows=[("", text, label) for text, label in PLENTY],  # type: ignore[misc]
        columns=("text", "body", "label"),
    ),
    "a built-in source with labels": case(
        "--labels does not go with --data packaged",
        with_settings(data=None),
        data="packaged",
        labels=("neg", "pos"),
    ),
}


def settings(path: Path, given: Values) -> DataSettings:
    """Return settings in which data that are None are the file."""
    return DataSettings.parse({**given, "data": given.get("data") or str(path)})


@pytest.mark.parametrize("each", CASES.values(), ids=CASES)
def test_a_remedy_that_is_followed_leads_to_data_that_load(each: Case, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", each.rows, each.columns)
    given = dict(each.given)
    if each.held_out:
        for split in ("validation", "test"):
            rows = [(f"{text} {split}", label) for text, label in each.held_out]
            rows = [*rows, *each.held_out] if split == "test" else rows
            given[f"{split}_file"] = write_csv(tmp_path / f"{split}.csv", rows)
    with pytest.raises(SentimentError) as caught:
        data.load(settings(path, given))
    said = str(caught.value)
    assert each.says in said
    corpus = data.load(settings(path, each.follow(path, given, said)))
    assert all(len(corpus.splits[split]) for split in data.SPLITS)


def refusal(path: Path, **given: Any) -> str:
    with pytest.raises(SentimentError) as caught:
        data.load(settings(path, given))
    return str(caught.value)


def test_two_rows_without_a_label_are_not_offered_as_a_class(tmp_path: Path) -> None:
    said = refusal(write_csv(tmp_path / "mine.csv", GAPS))
    assert "--missing-label" not in said


def test_the_others_are_not_offered_where_they_are_one_label(tmp_path: Path) -> None:
    said = refusal(write_csv(tmp_path / "mine.csv", [("a", ""), ("b", "pos"), ("c", "pos")]))
    assert said.endswith("Remove or label them.")


def test_no_file_is_offered_for_a_split_that_has_one(tmp_path: Path) -> None:
    held_out = write_csv(tmp_path / "t.csv", [("x", "neg"), ("y", "pos")])
    said = refusal(write_csv(tmp_path / "mine.csv", FEW), test_file=held_out)
    assert said.endswith("Add others, or pass --validation-file.")


def test_rows_without_a_label_of_a_model_are_offered_as_one_of_its_labels(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mine.csv", GAPS)
    with pytest.raises(SentimentError, match="--missing-label NAME, a label of the model"):
        data.load_test(settings(path, {}), ["neg", "pos"])
    corpus = data.load_test(settings(path, {"missing_label": "pos"}), ["neg", "pos"])
    assert len(corpus.splits["test"]) == len(GAPS)


def test_a_quote_that_is_a_letter_is_not_asked_for_around_a_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('text,label\n"good, really",pos\n"bad,neg\n"so, so",neg\n')
    assert "pass --unquoted" in refusal(path)
    said = refusal(path, unquoted=True)
    assert "line 2: The row has more fields than the heading. Where quotes are letters" in said
    assert "leave out --unquoted and mend the quotes" in said
