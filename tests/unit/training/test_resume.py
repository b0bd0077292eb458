"""Runs that were stopped: what they leave, and that `--resume` ends where they would have."""

import functools
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.checkpoint import Checkpoints
from sentiment.training.interruption import Interrupted
from tests.support.training import assert_same

Fit = Callable[..., StoredModel]
Make = Callable[..., TrainingSettings]


@pytest.fixture(scope="module")
def settings(settings: Make) -> Make:
    """The usual settings with the base model's dropout, so that random states matter."""
    return functools.partial(settings, dropout="model", attention_dropout="model")


@pytest.fixture(scope="module")
def uninterrupted(
    fit: Fit, settings: Make, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], StoredModel]:
    """Return the run that nothing stopped, for a number of accumulated batches."""

    @functools.cache
    def run(accumulation: int) -> StoredModel:
        folder = tmp_path_factory.mktemp("checkpoints")
        return fit(settings(accumulation=accumulation, checkpoint_dir=folder))

    return run


@pytest.mark.parametrize(
    ("accumulation", "step", "total"),
    [
        pytest.param(1, 4, 18, id="within epoch 1"),
        pytest.param(1, 9, 18, id="at the end of epoch 1"),
        pytest.param(1, 13, 18, id="within epoch 2"),
        pytest.param(1, 18, 18, id="at the last step"),
        pytest.param(2, 2, 10, id="accumulating, within epoch 1"),
        pytest.param(2, 5, 10, id="accumulating, at the end of epoch 1"),
        pytest.param(2, 8, 10, id="accumulating, within epoch 2"),
    ],
)
def test_an_interrupted_run_resumed_ends_as_if_nothing_had_happened(
    accumulation: int,
    step: int,
    total: int,
    uninterrupted: Callable[[int], StoredModel],
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    tmp_path: Path,
) -> None:
    chosen = settings(accumulation=accumulation, checkpoint_dir=tmp_path)
    with after_steps(step), pytest.raises(Interrupted, match=f"at step {step} of {total}"):
        fit(chosen)
    assert_same(fit(chosen, resume=True), uninterrupted(accumulation))


def test_a_run_interrupted_twice_ends_as_if_nothing_had_happened(
    uninterrupted: Callable[[int], StoredModel],
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    tmp_path: Path,
) -> None:
    chosen = settings(checkpoint_dir=tmp_path)
    for resume in (False, True):
        with after_steps(3), pytest.raises(Interrupted):
            fit(chosen, resume=resume)
    assert_same(fit(chosen, resume=True), uninterrupted(1))


def test_the_groups_of_the_consistency_loss_go_on_where_they_stopped(
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    tmp_path: Path,
) -> None:
    whole = fit(settings(consistency=1.0, checkpoint_dir=tmp_path / "whole"))
    chosen = settings(consistency=1.0, checkpoint_dir=tmp_path)
    with after_steps(7), pytest.raises(Interrupted):
        fit(chosen)
    assert_same(fit(chosen, resume=True), whole)


def test_nothing_is_in_the_store_after_an_interruption(
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    stored_versions: Callable[[str], list[str]],
    tmp_path: Path,
) -> None:
    chosen = settings(checkpoint_dir=tmp_path)
    with after_steps(2), pytest.raises(Interrupted):
        fit(chosen)
    assert stored_versions(chosen.name) == []


def test_the_handlers_of_signals_are_put_back_after_an_interruption(
    fit: Fit, settings: Make, after_steps: Callable[..., Any], tmp_path: Path
) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with after_steps(1), pytest.raises(Interrupted):
        fit(settings(checkpoint_dir=tmp_path))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_resume_with_other_settings_finds_nothing_and_says_so(
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with after_steps(2), pytest.raises(Interrupted):
        fit(settings(checkpoint_dir=tmp_path))
    fit(settings(checkpoint_dir=tmp_path, learning_rate=1e-3, epochs=1), resume=True)
    assert f"nothing to resume for these settings in {tmp_path}" in capsys.readouterr().out


def test_without_resume_a_run_starts_anew_and_points_at_the_unfinished_one(
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = settings(checkpoint_dir=tmp_path)
    with after_steps(2), pytest.raises(Interrupted):
        fit(chosen)
    stored = fit(chosen)
    said = capsys.readouterr().out
    assert "starting anew; an unfinished run" in said
    assert "resuming" not in said
    assert len(stored.card.epochs) == 2


def test_only_the_newest_checkpoint_is_kept(
    fit: Fit, settings: Make, after_steps: Callable[..., Any], tmp_path: Path
) -> None:
    with after_steps(5), pytest.raises(Interrupted):
        fit(settings(checkpoint_dir=tmp_path, checkpoint_every=1))
    assert [folder.name for folder in tmp_path.glob("*/step-*")] == ["step-00000005-epoch-0000"]


@pytest.mark.parametrize("progress", [None, "", '{"epoch": 1, "ba'], ids=["no", "empty", "cut"])
def test_a_checkpoint_that_is_half_written_is_ignored(
    progress: str | None, settings: Make, tmp_path: Path
) -> None:
    checkpoints = Checkpoints(settings(checkpoint_dir=tmp_path), "data", processes=1)
    complete, partial = (checkpoints.folder / f"step-{n:08d}" for n in (3, 6))
    partial = partial.with_suffix(".partial")
    for folder in (complete, partial):
        folder.mkdir(parents=True)
    (complete / "progress.json").write_text(json.dumps({"step": 3}))
    if progress is not None:
        (partial / "progress.json").write_text(progress)
    assert checkpoints.latest() == complete
