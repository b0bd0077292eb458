"""What counts as a failure."""

import numpy as np
import pytest

from sentiment.behaviour.judging import PAIRS, judge, require_labels
from sentiment.behaviour.suite import Case, EditedPair, Suite
from sentiment.errors import UsageError
from sentiment.schema import BehaviourReport

PAIR = EditedPair("good", "bad", "positive")


def report(
    cases: list[Case], positive: list[float], pair: tuple[float, float] = (1, 0)
) -> BehaviourReport:
    column = np.array([*positive, *pair])
    suite = Suite(tuple(cases), (PAIR,))
    return judge(suite, np.stack([column, 1 - column], axis=1), ["positive", "negative"])


@pytest.mark.parametrize(
    ("label", "positive", "failed"),
    [("positive", 0.9, 0), ("positive", 0.4, 1), ("negative", 0.4, 0), ("negative", 0.9, 1)],
)
def test_a_text_must_get_its_label(label: str, positive: float, failed: int) -> None:
    result = report([Case("a", "label", ("text",), label)], [positive]).abilities[0]
    assert (result.ability, result.cases, result.failed) == ("a", 1, failed)


@pytest.mark.parametrize(
    ("positive", "failed"),
    [
        ([0.90, 0.94, 0.86], 0),
        ([0.90, 0.96, 0.90], 1),
        ([0.90, 0.90, 0.80], 1),
        ([0.51, 0.52, 0.49], 1),
    ],
    ids=["close", "one moves up", "one moves down", "the label flips"],
)
def test_what_says_the_same_must_be_answered_the_same(positive: list[float], failed: int) -> None:
    cases = [Case("a", "same", ("text", "one", "other"))]
    assert report(cases, positive).abilities[0].failed == failed


@pytest.mark.parametrize(
    ("label", "positive", "failed"),
    [
        ("positive", [0.8, 0.9], 0),
        ("positive", [0.8, 0.76], 0),
        ("positive", [0.8, 0.7], 1),
        ("negative", [0.2, 0.1], 0),
        ("negative", [0.2, 0.3], 1),
    ],
)
def test_what_says_more_of_it_must_not_get_less(
    label: str, positive: list[float], failed: int
) -> None:
    cases = [Case("a", "more", ("weak", "strong"), label)]
    assert report(cases, positive).abilities[0].failed == failed


@pytest.mark.parametrize(
    ("pair", "edited", "both"),
    [((0.9, 0.1), 1, 1), ((0.9, 0.9), 0, 0), ((0.1, 0.1), 1, 0), ((0.1, 0.9), 0, 0)],
)
def test_of_a_pair_both_sides_must_be_right(
    pair: tuple[float, float], edited: float, both: float
) -> None:
    result = report([Case("a", "label", ("text",), "positive")], [0.9], pair)
    assert (result.pairs, result.edited_right, result.both_right) == (1, edited, both)
    assert result.abilities[-1].ability == PAIRS
    assert result.abilities[-1].failed == 1 - both


def test_the_mean_is_that_of_the_abilities_and_the_worst_is_named() -> None:
    cases = [Case("easy", "label", ("text",), "positive") for _ in range(3)]
    cases += [Case("hard", "label", ("text",), "negative")] * 2
    result = report(cases, [0.9, 0.9, 0.9, 0.9, 0.1])
    assert (result.worst_ability, result.worst_failure) == ("hard", 0.5)
    assert result.mean_failure == pytest.approx((0 + 0.5 + 0) / 3)


def test_other_labels_are_refused_by_their_names() -> None:
    with pytest.raises(UsageError, match=r"labels are \['billing', 'delivery'"):
        require_labels(["billing", "delivery"])
