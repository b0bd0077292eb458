"""Of the answers that are not marked, no more are wrong than was asked for."""

import numpy as np
import pytest

from sentiment.answers.doubt import doubt_line, find_doubt, mark, risk_coverage
from sentiment.calibration import FloatArray, IntArray
from sentiment.errors import UsageError
from sentiment.evaluation.metrics import wilson
from sentiment.schema import ModelCard, Prediction
from tests.support.cards import make_card

LEVELS = (0.01, 0.05, 0.1)


def answers(seed: int, texts: int, labels: int = 2) -> tuple[FloatArray, IntArray]:
    """Calibrated probabilities of many texts, and labels drawn from them."""
    random = np.random.default_rng(seed)
    rows = random.dirichlet(np.full(labels, 0.1), texts)
    drawn = (rows.cumsum(axis=1) > random.random((texts, 1))).argmax(axis=1)
    return rows, drawn


def card(seed: int = 0, texts: int = 2000, labels: int = 2) -> ModelCard:
    return make_card(risk_coverage=risk_coverage(*answers(seed, texts, labels)))


@pytest.mark.parametrize("max_risk", LEVELS)
@pytest.mark.parametrize("labels", [2, 4])
def test_on_other_texts_the_risk_of_what_is_not_marked_is_what_was_asked(
    max_risk: float, labels: int
) -> None:
    doubt = find_doubt(card(labels=labels), "m:1", max_risk)
    rows, drawn = answers(1, 20_000, labels)
    assert doubt is not None
    sure = rows.max(axis=1) >= doubt.confidence
    wrong = rows[sure].argmax(axis=1) != drawn[sure]
    assert wilson(int(wrong.sum()), len(wrong))[0] <= max_risk
    assert abs(sure.mean() - doubt.coverage) < 0.05
    assert wrong.mean() > max_risk / 5, "far more is marked than has to be"


def test_a_smaller_risk_leaves_fewer_answers() -> None:
    found = [find_doubt(card(), "m:1", risk) for risk in LEVELS]
    shares = [doubt.coverage for doubt in found if doubt is not None]
    assert shares == sorted(shares)
    assert len(set(shares)) == 3


def test_the_curve_of_a_few_texts_can_be_checked_by_hand() -> None:
    rows = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]])
    curve = risk_coverage(rows, np.array([0, 1, 1, 1]))
    assert [(each.confidence, each.coverage) for each in curve.points] == [
        (0.9, 0.25),
        (0.8, 0.5),
        (0.6, 1.0),  # both texts of this confidence together
    ]
    # With no error in n texts the bound r solves (1 - r) ** n = 0.1.
    assert [each.risk for each in curve.points[:2]] == pytest.approx([0.9, 1 - 0.1**0.5])
    assert 0.25 < curve.points[2].risk < 1


def test_where_no_risk_is_small_enough_every_answer_is_marked() -> None:
    doubt = find_doubt(card(texts=50), "m:1", 0.0001)
    assert doubt is not None
    assert (doubt.coverage, mark(prediction(1.0), doubt).uncertain) == (0.0, True)
    assert "every answer" in doubt_line(doubt)


def prediction(confidence: float) -> Prediction:
    row = [1 - confidence, confidence]
    names = ["negative", "positive"]
    return Prediction.of(row, names, truncated=False, tokens=3, unknown_tokens=0, model="m:1")


def test_a_mark_is_there_only_if_it_was_asked_for() -> None:
    doubt = find_doubt(card(), "m:1", 0.05)
    assert doubt is not None
    assert mark(prediction(doubt.confidence), doubt).model_dump()["uncertain"] is False
    assert mark(prediction(doubt.confidence - 0.01), doubt).model_dump()["uncertain"] is True
    assert "uncertain" not in mark(prediction(0.9), None).model_dump()
    assert f"{doubt.coverage:.1%}" in doubt_line(doubt)


def test_a_model_without_a_curve_is_told_in_one_line() -> None:
    assert find_doubt(make_card(), "m:1", None) is None
    with pytest.raises(UsageError, match=r"^m:1 has no risk-coverage curve.*Train it anew"):
        find_doubt(make_card(), "m:1", 0.05)
