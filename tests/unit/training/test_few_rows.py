"""What the number of rows decides, and when a run on few of them ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.settings import RECIPES, TrainingSettings
from sentiment.training.few_rows import suit_few_rows

Fit = Callable[..., Any]


def suited(rows: int, **given: Any) -> TrainingSettings:
    sizes = {"train": rows, "validation": rows // 4}
    return suit_few_rows(TrainingSettings.parse(given), sizes)[0]


@pytest.mark.parametrize(
    ("rows", "batch", "epochs"), [(20, 4, 20), (64, 4, 19), (160, 10, 19), (400, 16, 12)]
)
def test_few_rows_are_read_more_often_in_smaller_batches(
    rows: int, batch: int, epochs: int
) -> None:
    settings = suited(rows)
    assert (settings.batch_size, settings.epochs, settings.patience) == (batch, epochs, 3)


@pytest.mark.parametrize("rows", [500, 18_000])
def test_with_more_rows_nothing_changes(rows: int) -> None:
    settings = TrainingSettings.parse(RECIPES["full"])
    assert suit_few_rows(settings, {"train": rows, "validation": 9}) == (settings, "")


def test_what_was_given_stays() -> None:
    settings = suited(64, epochs=2, batch_size=32)
    assert (settings.epochs, settings.batch_size, settings.patience) == (2, 32, 3)


def test_what_was_chosen_is_told() -> None:
    _, line = suit_few_rows(TrainingSettings(), {"train": 64, "validation": 16})
    assert line == (
        "few rows (64 to train on, 16 to validate on): up to 19 epochs in batches of 4, ended "
        "after 3 without a better validation"
    )


def test_nothing_is_told_where_everything_was_given() -> None:
    given = TrainingSettings.parse({"epochs": 1, "batch_size": 8, "patience": 2})
    assert suit_few_rows(given, {"train": 64, "validation": 16}) == (given, "")


def test_a_run_ends_when_validation_has_not_become_better(
    fit: Fit, settings: Callable[..., TrainingSettings], capsys: pytest.CaptureFixture[str]
) -> None:
    """A vanishing rate changes nothing, so the first epoch stays the best."""
    card = fit(settings(epochs=9, patience=2, learning_rate=1e-12)).card
    assert (len(card.epochs), card.best_epoch) == (3, 1)
    assert "ended early: epoch 1 was the best" in "".join(capsys.readouterr())


def test_few_rows_decide_what_is_stored_and_resumed(
    fit: Fit, encoder: Path, reviews: Path, settings: Callable[..., TrainingSettings]
) -> None:
    given = settings().model_dump(exclude_unset=True, exclude={"epochs", "batch_size"})
    card = fit(TrainingSettings.parse({**given, "train_size": 12})).card
    assert card.settings["batch_size"] == 4
    assert card.settings["epochs"] == 20
    assert card.settings["patience"] == 3
