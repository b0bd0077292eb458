"""The suite's texts: enough of them, filled alike each time, written with care."""

import difflib
import json
import re
from collections import Counter
from typing import Any

import pytest

from sentiment.behaviour import suite as module
from sentiment.behaviour.suite import LABELS, PERTURBATIONS, EditedPair, load_suite
from sentiment.text import clean

SUITE = load_suite()


def test_it_has_many_abilities_with_many_cases_each() -> None:
    cases = Counter(case.ability for case in SUITE.cases)
    assert len(cases) >= 15
    assert min(cases.values()) >= 10
    assert len(SUITE.pairs) >= 150


def test_it_says_where_it_comes_from_and_under_which_licence() -> None:
    content = json.loads(module._FILE.read_text(encoding="utf-8"))
    assert content["licence"]
    assert "for this project" in content["source"]


def test_no_place_is_left_empty_and_every_text_can_be_read() -> None:
    for text in SUITE.texts:
        assert not re.search(r"[{}]", text), text
        assert clean(text), text


@pytest.mark.parametrize("kind", ["label", "more"])
def test_a_label_is_one_of_two(kind: str) -> None:
    labels = Counter(case.label for case in SUITE.cases if case.kind == kind)
    assert set(labels) == set(LABELS)


def test_what_is_compared_is_compared_with_something_else() -> None:
    for case in SUITE.cases:
        assert len(case.texts) == 1 if case.kind == "label" else len(set(case.texts)) > 1, case


def test_templates_are_filled_alike_each_time() -> None:
    load_suite.cache_clear()
    assert load_suite() == SUITE


@pytest.mark.parametrize("pair", SUITE.pairs, ids=lambda pair: pair.original[:30])
def test_a_pair_differs_in_few_words_and_is_as_long_as_a_review(pair: EditedPair) -> None:
    original, edited = pair.original.split(), pair.edited.split()
    assert 40 <= len(original) <= 150
    assert 40 <= len(edited) <= 150
    same = difflib.SequenceMatcher(None, original, edited, autojunk=False).ratio()
    assert 0.8 <= same < 1


def test_pairs_are_of_both_kinds_and_no_two_alike() -> None:
    counts = Counter(pair.label for pair in SUITE.pairs)
    assert abs(counts["positive"] - counts["negative"]) <= len(SUITE.pairs) / 10
    texts = [text for pair in SUITE.pairs for text in (pair.original, pair.edited)]
    assert len(set(texts)) == len(texts)


def test_the_other_side_of_a_pair_has_the_other_label() -> None:
    assert EditedPair("Good.", "Bad.", "positive").edited_label == "negative"


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("typos", "A brilliant story, superbly played and photographed.", 2),
        ("upper case", "A brilliant story.", 2),
    ],
)
def test_a_perturbation_changes_some_words_and_keeps_their_letters(
    name: str, text: str, changed: int
) -> None:
    result: Any = PERTURBATIONS[name](text)
    words = list(zip(text.split(), result.split(), strict=True))
    assert sum(before != after for before, after in words) == changed
    assert all(sorted(one.lower()) == sorted(other.lower()) for one, other in words)
