"""By which method a run trains, what it says of that, and what it keeps."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sentiment.errors import UsageError
from sentiment.training.few_labels.choice import MethodChoice, choose_method
from sentiment.training.few_labels.comparison import compare
from sentiment.training.few_labels.trial import Trial
from tests.support.reviews import write_reviews

MakeTrial = Callable[..., Trial]


def choose(
    trial: Trial, folder: Path, processes: int = 1, resume: bool = False
) -> tuple[MethodChoice, str]:
    """Return the choice and what was printed."""
    printed: list[str] = []
    choice = choose_method(trial, processes, folder, resume, printed.append)
    return choice, "\n".join(printed)


@pytest.mark.parametrize("method", ["fine-tuning", "probe", "contrastive"])
def test_a_method_that_is_asked_for_is_not_compared(
    method: str, make_trial: MakeTrial, tmp_path: Path
) -> None:
    choice, printed = choose(make_trial(method=method), tmp_path)
    assert choice == MethodChoice(method)  # type: ignore[arg-type]
    assert printed == f"method: {method} (asked for)"


def test_few_texts_are_compared_and_the_table_is_printed(
    make_trial: MakeTrial, tmp_path: Path
) -> None:
    trial = make_trial(method="auto", epochs=1)
    choice, printed = choose(trial, tmp_path)
    assert choice.comparison is not None
    for result in choice.comparison.results:
        assert f"{result.method:<12} {result.accuracy:.3f} ± {result.spread:.3f}" in printed
    assert f"method: {choice.method} (best of 4-fold cross-validation on 35" in printed


def test_many_texts_are_fine_tuned_as_before(make_trial: MakeTrial, tmp_path: Path) -> None:
    many = write_reviews(tmp_path / "many.csv", rows=700)
    choice, printed = choose(make_trial(method="auto", data=str(many)), tmp_path)
    assert choice == MethodChoice("fine-tuning")
    assert printed == "method: fine-tuning (more than 512 training texts)"


def test_several_processes_are_fine_tuned_and_told_why(
    make_trial: MakeTrial, tmp_path: Path
) -> None:
    choice, printed = choose(make_trial(method="auto"), tmp_path, processes=2)
    assert choice == MethodChoice("fine-tuning")
    assert printed == "method: fine-tuning (several processes)"


@pytest.mark.parametrize(
    ("teacher", "processes", "reason"),
    [("sentiment:abc", 1, "a teacher"), (None, 2, "several processes")],
)
def test_a_method_that_cannot_do_what_was_asked_is_refused(
    teacher: str | None, processes: int, reason: str, make_trial: MakeTrial, tmp_path: Path
) -> None:
    trial = make_trial(method="probe", teacher=teacher)
    with pytest.raises(UsageError, match=f"--method probe does not go with {reason}"):
        choose(trial, tmp_path, processes)


def test_what_follows_a_comparison_has_the_random_state_it_has_without(
    make_trial: MakeTrial, tmp_path: Path
) -> None:
    trial = make_trial(method="auto", epochs=1)
    before = torch.get_rng_state()
    choose(trial, tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_resumed_run_takes_the_comparison_that_it_has_made(
    make_trial: MakeTrial, tmp_path: Path
) -> None:
    trial = make_trial(method="auto", epochs=1)
    first, _ = choose(trial, tmp_path)
    again, printed = choose(trial, tmp_path, resume=True)
    assert (again.method, again.comparison) == (first.method, first.comparison)
    assert "comparing" not in printed


def test_a_comparison_that_was_not_kept_is_made_again(
    make_trial: MakeTrial, tmp_path: Path
) -> None:
    trial = make_trial(method="auto", epochs=1)
    choice, _ = choose(trial, tmp_path / "empty", resume=True)
    assert choice.comparison == compare(trial)
