"""Methods are compared on the same folds, and the winner is not won by chance."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from sentiment.schema import MethodComparison, MethodResult, TrainingMethod
from sentiment.training.few_labels.comparison import METHODS, compare, divide, methods, winner
from sentiment.training.few_labels.trial import Trial
from sentiment.training.interruption import Interrupted


def comparison(*rows: tuple[float, float, float]) -> MethodComparison:
    """Return a comparison with accuracy, spread and log loss of each method."""
    results = [
        MethodResult(method=method, accuracy=accuracy, spread=spread, log_loss=loss)
        for method, (accuracy, spread, loss) in zip(METHODS, rows, strict=True)
    ]
    return MethodComparison(rows=64, folds=4, results=results)


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        pytest.param([(0.9, 0.02, 0.3), (0.8, 0.02, 0.2), (0.5, 0, 0.7)], "probe", id="best"),
        pytest.param(
            [(0.89, 0.02, 0.3), (0.9, 0.04, 0.4), (0.5, 0, 0.7)], "probe", id="nearly as good"
        ),
        pytest.param(
            [(0.7, 0.02, 0.5), (0.9, 0.04, 0.4), (0.5, 0, 0.7)], "contrastive", id="far better"
        ),
        pytest.param(
            [(0.7, 0.1, 0.5), (0.7, 0.1, 0.5), (0.8, 0.02, 0.4)], "fine-tuning", id="the dearest"
        ),
        pytest.param([(0.9, 0, 0.3)] * 3, "probe", id="equal"),
    ],
)
def test_the_winner(rows: list[tuple[float, float, float]], chosen: TrainingMethod) -> None:
    assert winner(comparison(*rows)) == chosen


@pytest.mark.parametrize(
    ("counts", "folds"),
    [((8, 8), 2), ((16, 16), 4), ((3, 30), 3), ((1, 9), 2), ((64, 65), 3), ((9, 9, 9), 2)],
)
def test_every_text_is_held_out_once(counts: tuple[int, ...], folds: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    divided = divide(labels, seed=0)
    assert len(divided) == folds
    held_out = np.concatenate([places for _, places in divided])
    assert sorted(held_out.tolist()) == list(range(len(labels)))
    for trained, others in divided:
        assert not set(trained.tolist()) & set(others.tolist())


def test_a_comparison_is_the_same_when_it_is_repeated(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(epochs=1)
    first = compare(trial)
    assert [result.method for result in first.results] == ["probe", "contrastive", "fine-tuning"]
    assert first.rows == 35
    assert compare(trial) == first


@pytest.mark.parametrize(
    ("counts", "fine_tuned"),
    [((8, 8), False), ((16, 16), True), ((2, 30), True), ((15,) * 3, False)],
)
def test_fine_tuning_is_compared_where_it_has_texts_enough(
    counts: tuple[int, ...], fine_tuned: bool
) -> None:
    compared = methods(np.repeat(np.arange(len(counts)), counts))
    assert ("fine-tuning" in compared) is fine_tuned
    assert compared[:2] == ("probe", "contrastive")


@pytest.mark.parametrize("method", METHODS)
def test_each_method_learns_what_the_words_say(
    method: TrainingMethod, make_trial: Callable[..., Trial]
) -> None:
    trial = make_trial(epochs=8)
    places = range(len(trial.train.ids))
    logits = trial.answers(method, places[:30], places[30:])
    right = logits.argmax(axis=1) == np.asarray(trial.train.labels[30:])
    assert right.mean() >= 0.8


@pytest.mark.parametrize("method", METHODS)
def test_a_try_leaves_the_encoder_to_the_next_one_as_it_was(
    method: TrainingMethod, make_trial: Callable[..., Trial]
) -> None:
    trial = make_trial(epochs=1)
    before = {name: each.clone() for name, each in trial.classifier.model.state_dict().items()}
    places = range(len(trial.train.ids))
    trial.answers(method, places[:30], places[30:])
    after = trial.classifier.model.state_dict()
    assert all(torch.equal(after[name], each) for name, each in before.items())


def test_an_interruption_says_that_the_comparison_begins_anew(
    make_trial: Callable[..., Trial], after_steps: Callable[..., Any]
) -> None:
    trial = make_trial()
    places = range(len(trial.train.ids))
    with after_steps(1), pytest.raises(Interrupted, match="compares them again") as interruption:
        trial.answers("fine-tuning", places[:30], places[30:])
    assert interruption.value.exit_code == 130
