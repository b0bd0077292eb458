"""Which texts the n-grams answer, and on which scale."""

import dataclasses

import numpy as np
import pytest

from sentiment.calibration import probabilities
from sentiment.inference.cascade import Cascade, decides, merged, with_ngrams
from sentiment.inference.encoding import Encoding, NgramAnswer
from sentiment.inference.ngrams import NgramReading
from sentiment.schema import CascadeRule, Combination
from tests.unit.inference.test_ngrams import classifier

RULE = CascadeRule(confidence=0.9, tokens=50, seen=0.3, steady=True)
ENOUGH = NgramReading(np.array([-2.0, 2.0]), tokens=50, seen=0.3, steady=True)


def encoding(decides: bool | None) -> Encoding:
    said = None if decides is None else NgramAnswer(np.array([3.0, -3.0]), decides)
    return Encoding([1, 2, 3], 3, ngrams=said)


@pytest.mark.parametrize(
    ("change", "confidence", "answers"),
    [
        ({}, 0.9, True),
        ({}, 0.89, False),
        ({"tokens": 49}, 0.99, False),
        ({"seen": 0.29}, 0.99, False),
        ({"steady": False}, 0.99, False),
    ],
)
def test_n_grams_answer_only_with_all_that_the_rule_asks(
    change: dict[str, object], confidence: float, answers: bool
) -> None:
    reading = dataclasses.replace(ENOUGH, **change)
    assert decides(RULE, reading, confidence) is answers


def test_a_rule_may_leave_the_end_of_the_text_out() -> None:
    rule = RULE.model_copy(update={"steady": False})
    assert decides(rule, dataclasses.replace(ENOUGH, steady=False), 0.95)


def test_the_encoders_temperature_calibrates_the_n_grams_too() -> None:
    ngrams = classifier({5: 10})
    answer = Cascade(ngrams, RULE, temperature=2.0, encoder=0.5)([5, 6])
    own = probabilities(ngrams.reading([5, 6]).logits, 2.0)
    assert probabilities(answer.logits, 0.5) == pytest.approx(own)


def test_rows_of_the_encoder_go_to_the_texts_that_it_has_read() -> None:
    encodings = [encoding(None), encoding(True), encoding(False)]
    computed = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    assert merged(encodings, computed).tolist() == [[1, 0], [3, -3], [0, 1]]


def test_a_combination_adds_to_what_the_encoder_says() -> None:
    said = NgramAnswer(np.array([3.0, -3.0]), decides=False, weights=(0.5, 2.0))
    both = Encoding([1, 2, 3], 3, ngrams=said)
    computed = np.array([[4.0, 2.0]], dtype=np.float32)
    assert merged([both], computed).tolist() == [[2 + 6, 1 - 6]]
    assert both.decided_by == "both"


def test_a_combination_leaves_alone_what_the_n_grams_decide() -> None:
    said = NgramAnswer(np.array([3.0, -3.0]), decides=True, weights=(0.5, 2.0))
    decided = Encoding([1, 2, 3], 3, ngrams=said)
    assert merged([decided], np.zeros((0, 2), dtype=np.float32)).tolist() == [[3, -3]]
    assert decided.decided_by == "ngrams"


@pytest.mark.parametrize(
    ("tokens", "used", "weights"),
    [
        pytest.param(2, True, (0.5, 2.0), id="long enough"),
        pytest.param(3, True, None, id="too short"),
        pytest.param(2, False, None, id="not used"),
    ],
)
def test_only_a_long_enough_text_gets_what_the_n_grams_add(
    tokens: int, used: bool, weights: tuple[float, float] | None
) -> None:
    both = Combination(
        encoder=0.5,
        ngrams=2.0,
        tokens=tokens,
        used=used,
        accuracy=0.9,
        log_loss=0.3,
        expected_calibration_error=0.01,
        pairs_right=None,
    )
    cascade = Cascade(classifier({5: 10}), RULE, 1.0, 1.0, both)
    assert cascade([5, 6]).weights == weights


def test_without_a_rule_the_n_grams_decide_nothing() -> None:
    assert not decides(None, ENOUGH, 1.0)


def test_all_texts_may_be_decided() -> None:
    nothing = np.zeros((0, 2), dtype=np.float32)
    assert merged([encoding(True)], nothing).tolist() == [[3, -3]]


def test_overruling_changes_nothing_else() -> None:
    logits = np.ones((2, 2), dtype=np.float32)
    assert with_ngrams([encoding(False), encoding(True)], logits).tolist() == [[1, 1], [3, -3]]
    assert logits.tolist() == [[1, 1], [1, 1]]
