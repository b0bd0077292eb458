import math

import numpy as np
import pytest
from scipy.special import softmax

from sentiment.calibration import (
    expected_calibration_error,
    fit_temperature,
    fit_weights,
    measure_calibration,
    negative_log_likelihood,
    probabilities,
)

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(scale=3, size=(5000, 3)).astype(np.float32)


def drawn_at(temperature: float) -> np.ndarray:
    """Labels drawn from softmax(LOGITS / temperature)."""
    cumulative = softmax(LOGITS.astype(np.float64) / temperature, axis=1).cumsum(axis=1)
    draws = np.random.default_rng(1).random((len(LOGITS), 1))
    return (draws > cumulative).sum(axis=1).clip(max=2)


def test_probabilities_are_the_softmax_of_the_divided_logits() -> None:
    expected = softmax(LOGITS.astype(np.float64) / 1.7, axis=1)
    np.testing.assert_allclose(probabilities(LOGITS, 1.7), expected, rtol=1e-12)


def test_two_logits_give_the_logistic_of_their_difference() -> None:
    (row,) = probabilities(np.array([[1.0, 3.0]]), temperature=2.0)
    assert row[1] == pytest.approx(1 / (1 + math.exp(-1)))


def test_probabilities_are_float64_and_add_up_to_one() -> None:
    rows = probabilities(LOGITS)
    assert rows.dtype == np.float64
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)


def test_huge_logits_do_not_overflow() -> None:
    np.testing.assert_array_equal(probabilities(np.array([[1e4, -1e4]])), [[1.0, 0.0]])


@pytest.mark.parametrize("temperature", [0.05, 0.5, 3.0, 20.0])
def test_a_temperature_never_moves_the_label(temperature: float) -> None:
    np.testing.assert_array_equal(
        probabilities(LOGITS, temperature).argmax(axis=1), LOGITS.argmax(axis=1)
    )


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match=f"must be positive, not {temperature}"):
        probabilities(LOGITS, temperature)


def test_the_log_loss_of_a_coin_toss_is_the_log_of_two() -> None:
    loss = negative_log_likelihood(np.zeros((4, 2)), np.array([0, 1, 1, 0]), 1.0)
    assert loss == pytest.approx(math.log(2))


def test_the_log_loss_is_the_mean_over_texts() -> None:
    logits = np.log([[0.8, 0.2], [0.4, 0.6]])
    loss = negative_log_likelihood(logits, np.array([0, 0]), 1.0)
    assert loss == pytest.approx(-(math.log(0.8) + math.log(0.4)) / 2)


def test_the_log_loss_of_a_certain_mistake_is_finite() -> None:
    assert math.isfinite(negative_log_likelihood(np.array([[1e4, 0.0]]), np.array([1]), 1.0))


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_fitted_temperature_is_the_one_that_labels_were_drawn_at(true: float) -> None:
    assert fit_temperature(LOGITS, drawn_at(true)) == pytest.approx(true, rel=0.1)


def test_a_large_split_gets_nearly_the_temperature_of_the_least_log_loss() -> None:
    labels = drawn_at(2.5)
    fitted = fit_temperature(LOGITS, labels)
    least = negative_log_likelihood(LOGITS, labels, fitted)
    around = [negative_log_likelihood(LOGITS, labels, fitted * by) for by in (0.9, 0.97, 1.03, 1.1)]
    assert least < min(around)


@pytest.mark.parametrize("texts", [10, 30, 100, 200])
def test_a_small_split_of_right_answers_is_no_reason_to_be_certain(texts: int) -> None:
    """Thirty tickets, all right, once asked for a temperature of 0.07."""
    few = LOGITS[:texts]
    assert 0.5 < fit_temperature(few, few.argmax(axis=1)) <= 1


@pytest.mark.parametrize("texts", [10, 30, 100, 200])
@pytest.mark.parametrize(
    ("separation", "true"),
    [(1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (2, 0.3), (2, 3), (3, 2), (3, 0.5), (6, 3)],
)
def test_a_small_split_makes_fresh_texts_at_most_two_percent_worse(
    separation: float, true: float, texts: int
) -> None:
    """Logits of three normal classes, wrong by the factor `true`; 40 splits, 5,000 fresh texts."""
    generator = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = generator.integers(0, 3, count)
        seen = generator.normal(size=(count, 3))
        seen[np.arange(count), labels] += separation
        return seen * separation * true, labels

    fresh = draw(5000)
    before = negative_log_likelihood(*fresh, 1.0)
    after = [negative_log_likelihood(*fresh, fit_temperature(*draw(texts))) for _ in range(40)]
    assert max(after) <= 1.02 * before


def test_a_perfect_split_gives_a_temperature_within_the_bounds() -> None:
    assert 0.05 <= fit_temperature(LOGITS, LOGITS.argmax(axis=1)) < 0.5


def test_a_split_without_any_sense_gives_a_temperature_within_the_bounds() -> None:
    assert 10 < fit_temperature(LOGITS, LOGITS.argmin(axis=1)) <= 20


def test_calibration_error_weighs_each_bins_gap_by_its_texts() -> None:
    """Two texts at 0.9, half of them right: gap 0.4; one at 0.8, right: gap 0.2."""
    rows = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8]])
    error = expected_calibration_error(rows, np.array([0, 1, 1]))
    assert error == pytest.approx((2 * 0.4 + 0.2) / 3)


def test_gaps_of_one_bin_cancel_out() -> None:
    """One bin: mean confidence 0.75, three of four right."""
    rows = np.array([[0.9, 0.1], [0.6, 0.4], [0.9, 0.1], [0.6, 0.4]])
    assert expected_calibration_error(rows, np.array([0, 1, 0, 0]), bins=1) == pytest.approx(0)


def test_a_confidence_of_one_falls_into_the_last_bin() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert expected_calibration_error(rows, np.array([0, 0])) == pytest.approx(0.5)


def test_calibration_error_agrees_with_a_loop_over_bins() -> None:
    rows, labels = probabilities(LOGITS), drawn_at(2.0)
    confidence, correct = rows.max(axis=1), rows.argmax(axis=1) == labels
    expected = 0.0
    for low in range(15):
        inside = (confidence >= low / 15) & (confidence < (low + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    assert expected_calibration_error(rows, labels) == pytest.approx(expected)


def test_the_bins_of_reliability_hold_every_text_and_give_the_calibration_error() -> None:
    rows, labels = probabilities(LOGITS), drawn_at(2.0)
    found = measure_calibration(LOGITS, labels, 1.0).reliability
    assert sum(each.texts for each in found) == len(labels)
    assert [each.confidence for each in found] == sorted(each.confidence for each in found)
    right = sum(each.accuracy * each.texts for each in found)
    assert right == pytest.approx((rows.argmax(axis=1) == labels).sum())
    gaps = [each.texts * abs(each.confidence - each.accuracy) for each in found]
    assert sum(gaps) / len(labels) == pytest.approx(expected_calibration_error(rows, labels))


def test_scaling_makes_overconfident_answers_better_calibrated() -> None:
    labels = drawn_at(2.5)
    before = expected_calibration_error(probabilities(LOGITS), labels)
    after = expected_calibration_error(
        probabilities(LOGITS, fit_temperature(LOGITS, labels)), labels
    )
    assert after < before / 3


def test_weights_of_two_models_are_those_that_generated_the_labels() -> None:
    generator = np.random.default_rng(0)
    first, second = (generator.normal(size=(20_000, 1)) for _ in "12")
    labels = (generator.random(20_000) < 1 / (1 + np.exp(-(first + 2 * second)[:, 0]))).astype(int)
    rows = [probabilities(np.hstack([-each / 2, each / 2])) for each in (first, second)]
    assert fit_weights(*rows, labels) == pytest.approx((1, 2), abs=0.1)


def test_some_hundred_texts_move_the_weights_most_of_the_way() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(600) < 0.5
    first, second = (
        (np.where(truth, 1.5, -1.5) + generator.normal(size=600) * 1.7)[:, None] for _ in "12"
    )  # by itself, each tells the log odds; both together tell their sum
    rows = [probabilities(np.hstack([-each / 2, each / 2])) for each in (first, second)]
    weights = fit_weights(*rows, truth.astype(int))
    assert weights == pytest.approx((1, 1), abs=0.2)


def test_few_texts_leave_the_weights_near_the_better_model() -> None:
    labels = np.array([0, 1, 0, 1])
    good = np.where(labels[:, None] == [0, 1], 0.8, 0.2)
    chance = np.full((4, 2), 0.5)
    for first, second, wanted in ((good, chance, (1, 0)), (chance, good, (0, 1))):
        assert fit_weights(first, second, labels) == pytest.approx(wanted, abs=0.1)
