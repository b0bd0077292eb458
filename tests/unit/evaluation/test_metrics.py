import json
import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from sentiment.calibration import expected_calibration_error, probabilities
from sentiment.evaluation.metrics import measure, wilson

TWO = ["negative", "positive"]
THREE = ["bad", "fair", "good"]

LABELS = np.array([0, 0, 0, 1, 1, 1, 1, 1])
MARGINS = np.array([-2.0, -1.0, 1.0, 2.0, 3.0, 4.0, -1.5, -0.5])  # of positive over negative
LOGITS = np.stack([np.zeros(8), MARGINS], axis=1)
"""By hand: 3 true positives, 1 false positive, 2 false negatives, 2 true negatives."""


@pytest.fixture(scope="module")
def by_hand() -> dict[str, Any]:
    return measure(LOGITS, LABELS, TWO, temperature=2.0)


def random_case(classes: int, texts: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Logits and labels that agree more often than not."""
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, texts)
    return random.normal(size=(texts, classes)) + np.eye(classes)[labels], labels


# --- against numbers worked out by hand -------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("texts", 8),
        ("accuracy", 5 / 8),
        ("precision", 3 / 4),
        ("recall", 3 / 5),
        ("f1", 2 / 3),
        ("roc_auc", 12 / 15),  # pairs of a positive and a negative in the right order
    ],
)
def test_a_metric_is_what_it_is_by_hand(by_hand: dict[str, Any], name: str, value: float) -> None:
    assert by_hand[name] == pytest.approx(value)


def test_the_confusion_matrix_has_true_labels_as_rows(by_hand: dict[str, Any]) -> None:
    assert by_hand["confusion_matrix"] == [[2, 1], [2, 3]]


@pytest.mark.parametrize(("name", "temperature"), [("before", 1.0), ("after", 2.0)])
def test_the_log_loss_is_what_it_is_by_hand(
    by_hand: dict[str, Any], name: str, temperature: float
) -> None:
    signs = np.where(LABELS == 1, 1, -1)
    losses = [math.log(1 + math.exp(-each / temperature)) for each in signs * MARGINS]
    assert by_hand[f"log_loss_{name}"] == pytest.approx(sum(losses) / 8)


@pytest.mark.parametrize(("name", "temperature"), [("before", 1.0), ("after", 2.0)])
def test_the_calibration_error_is_that_of_the_temperature(
    by_hand: dict[str, Any], name: str, temperature: float
) -> None:
    expected = expected_calibration_error(probabilities(LOGITS, temperature), LABELS)
    assert by_hand[f"expected_calibration_error_{name}"] == expected


def test_a_temperature_moves_neither_accuracy_nor_ranking(by_hand: dict[str, Any]) -> None:
    other = measure(LOGITS, LABELS, TWO, temperature=0.5)
    unmoved = ("accuracy", "f1", "confusion_matrix", "roc_auc", "log_loss_before")
    assert [other[name] for name in unmoved] == [by_hand[name] for name in unmoved]


def test_the_metrics_can_be_written_as_json(by_hand: dict[str, Any]) -> None:
    assert json.loads(json.dumps(by_hand))["confusion_matrix"] == [[2, 1], [2, 3]]


# --- against scikit-learn ---------------------------------------------------------


@pytest.mark.parametrize("names", [TWO, THREE, [*THREE, "great"]], ids=["2", "3", "4"])
def test_metrics_agree_with_scikit_learn(names: list[str]) -> None:
    logits, labels = random_case(len(names))
    rows, predicted = probabilities(logits, 1.5), logits.argmax(axis=1)
    average = "binary" if len(names) == 2 else "macro"
    score = rows[:, 1] if len(names) == 2 else rows
    measured = measure(logits, labels, names, temperature=1.5)
    expected = {
        "accuracy": sk.accuracy_score(labels, predicted),
        "f1": sk.f1_score(labels, predicted, average=average),
        "precision": sk.precision_score(labels, predicted, average=average),
        "recall": sk.recall_score(labels, predicted, average=average),
        "roc_auc": sk.roc_auc_score(labels, score, multi_class="ovr"),
        "log_loss_after": sk.log_loss(labels, rows),
    }
    assert {name: measured[name] for name in expected} == pytest.approx(expected)
    assert measured["confusion_matrix"] == sk.confusion_matrix(labels, predicted).tolist()


# --- labels that do not occur -----------------------------------------------------


@pytest.mark.parametrize(("names", "only"), [(TWO, 0), (TWO, 1), (THREE, 2)])
def test_with_texts_of_one_label_roc_auc_is_undefined(names: list[str], only: int) -> None:
    logits, _ = random_case(len(names))
    measured = measure(logits, np.full(len(logits), only), names, temperature=1.0)
    assert measured["roc_auc"] is None
    assert measured["accuracy"] == (logits.argmax(axis=1) == only).mean()


def test_with_one_of_three_labels_missing_roc_auc_is_undefined() -> None:
    logits, labels = random_case(3)
    assert measure(logits, labels % 2, THREE, temperature=1.0)["roc_auc"] is None


def test_the_confusion_matrix_has_a_place_for_labels_that_do_not_occur() -> None:
    logits = np.array([[9.0, 0.0, 0.0], [9.0, 0.0, 0.0]])
    measured = measure(logits, np.array([0, 1]), THREE, temperature=1.0)
    assert measured["confusion_matrix"] == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_without_a_positive_text_or_answer_f1_is_zero() -> None:
    measured = measure(np.array([[9.0, 0.0]] * 3), np.zeros(3, dtype=int), TWO, temperature=1.0)
    assert (measured["f1"], measured["f1_interval"]) == (0.0, None)


def test_a_perfect_model_is_perfect() -> None:
    logits, _ = random_case(2)
    measured = measure(logits, logits.argmax(axis=1), TWO, temperature=1.0)
    perfect = ("accuracy", "f1", "precision", "recall", "roc_auc")
    assert [measured[name] for name in perfect] == [1.0] * 5
    assert measured["accuracy_interval"] == pytest.approx((0.9924, 1.0), abs=1e-4)
    assert str(measured["log_loss_after"]) != "-0.0"


# --- intervals --------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1", "f1"])
@pytest.mark.parametrize("names", [TWO, THREE], ids=["2", "3"])
def test_an_interval_holds_its_estimate(metric: str, names: list[str]) -> None:
    measured = measure(*random_case(len(names)), names, temperature=1.0)
    low, high = measured[f"{metric}_interval"]
    assert 0 < low < measured[metric] < high < 1


@pytest.mark.parametrize("metric", ["accuracy", "f1"])
def test_sixteen_times_the_texts_give_a_quarter_of_the_interval(metric: str) -> None:
    logits, labels = random_case(2)
    few = measure(logits, labels, TWO, temperature=1.0)
    many = measure(np.tile(logits, (16, 1)), np.tile(labels, 16), TWO, temperature=1.0)
    widths = [high - low for low, high in (each[f"{metric}_interval"] for each in (few, many))]
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.15)


def test_the_interval_of_an_accuracy_is_that_of_a_binomial() -> None:
    """1.96 standard errors either side, for texts enough."""
    measured = measure(*random_case(2, texts=4000), TWO, temperature=1.0)
    accuracy = measured["accuracy"]
    error = 1.96 * math.sqrt(accuracy * (1 - accuracy) / 4000)
    expected = (accuracy - error, accuracy + error)
    assert measured["accuracy_interval"] == pytest.approx(expected, abs=0.15 * error)


def test_the_interval_of_f1_is_that_of_resampled_texts() -> None:
    logits, labels = random_case(2)
    predicted, random = logits.argmax(axis=1), np.random.default_rng(9)
    draws = random.integers(0, len(labels), (1000, len(labels)))
    true, answered = labels[draws], predicted[draws]
    scores = 2 * (true * answered).sum(axis=1) / (true.sum(axis=1) + answered.sum(axis=1))
    expected = tuple(np.quantile(scores, [0.025, 0.975]))
    measured = measure(logits, labels, TWO, temperature=1.0)
    assert measured["f1_interval"] == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [(30, 30, (0.8865, 1.0)), (0, 30, (0.0, 0.1135)), (7, 10, (0.3968, 0.8922))],
)
def test_wilsons_interval_is_that_of_the_tables(
    successes: int, trials: int, expected: tuple[float, float]
) -> None:
    """Thirty of thirty were once shown as 1.0000 to 1.0000."""
    assert wilson(successes, trials) == pytest.approx(expected, abs=1e-4)


def test_an_interval_of_too_few_texts_is_not_made_up() -> None:
    measured = measure(LOGITS, LABELS, TWO, temperature=1.0)
    names = ("f1_interval", "macro_f1_interval", "balanced_accuracy_interval")
    assert [measured[name] for name in names] == [None] * 3


def test_certain_right_answers_have_a_log_loss_of_zero_without_a_sign() -> None:
    logits = np.array([[800.0, 0.0], [0.0, 800.0]])
    measured = measure(logits, np.array([0, 1]), TWO, temperature=1.0)
    assert [f"{measured[f'log_loss_{when}']:.4f}" for when in ("before", "after")] == ["0.0000"] * 2


# --- data of which one label is most ------------------------------------------------


def test_balanced_accuracy_and_macro_f1_show_a_label_that_is_never_found() -> None:
    labels = np.array([0] * 507 + [1] * 6)
    measured = measure(np.tile([9.0, 0.0], (513, 1)), labels, TWO[::-1], temperature=1.0)
    assert measured["accuracy"] == pytest.approx(507 / 513)
    assert measured["balanced_accuracy"] == 0.5
    assert measured["macro_f1"] == pytest.approx(0.497, abs=1e-3)
    assert measured["majority_share"] == measured["accuracy"]
    assert measured["texts_per_label"] == {"positive": 507, "negative": 6}


@pytest.mark.parametrize("names", [TWO, THREE], ids=["2", "3"])
def test_balanced_figures_agree_with_scikit_learn(names: list[str]) -> None:
    logits, labels = random_case(len(names))
    predicted = logits.argmax(axis=1)
    measured = measure(logits, labels, names, temperature=1.0)
    assert measured["balanced_accuracy"] == pytest.approx(
        sk.balanced_accuracy_score(labels, predicted)
    )
    assert measured["macro_f1"] == pytest.approx(sk.f1_score(labels, predicted, average="macro"))


def test_the_same_seed_gives_the_same_interval() -> None:
    case = random_case(2)
    first, second = (measure(*case, TWO, temperature=1.0, seed=5) for _ in range(2))
    assert first["f1_interval"] == second["f1_interval"]
