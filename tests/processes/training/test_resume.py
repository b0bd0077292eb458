"""Processes of train.py that a signal stops, and what `--resume` makes of what they leave."""

import functools
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from tests.support.processes import python
from tests.support.training import as_flags, assert_same

Fit = Callable[..., StoredModel]
Make = Callable[..., TrainingSettings]
STOPPING = """\
import os, runpy, sys
from torch.optim.optimizer import register_optimizer_step_post_hook

steps = []

def hook(*_):
    steps.append(1)
    if len(steps) == int(os.environ["STOP_AFTER"]):
        os.kill(os.getpid(), int(os.environ["STOP_WITH"]))

register_optimizer_step_post_hook(hook)
sys.path.insert(0, os.getcwd())
runpy.run_path("train.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def settings(settings: Make) -> Make:
    """The usual settings with the base model's dropout, so that random states matter."""
    return functools.partial(settings, dropout="model", attention_dropout="model")


def test_a_killed_run_leaves_a_checkpoint_that_resumes_to_the_same_end(
    fit: Fit, settings: Make, tmp_path: Path
) -> None:
    """SIGKILL after step 5; the last checkpoint is that of step 3."""
    chosen = settings(checkpoint_dir=tmp_path / "c", checkpoint_every=3)
    ended = stop(chosen, tmp_path, after=5, by=signal.SIGKILL)
    assert ended.returncode == -signal.SIGKILL
    assert [folder.name for folder in (tmp_path / "c").glob("*/step-*")] == [
        "step-00000003-epoch-0000"
    ]
    whole = fit(settings(checkpoint_dir=tmp_path / "whole"))
    assert_same(fit(chosen, resume=True), whole)


def test_ctrl_c_exits_with_130_and_names_the_flag_that_goes_on(
    settings: Make,
    stored_versions: Callable[[str], list[str]],
    tmp_path: Path,
) -> None:
    chosen = settings(checkpoint_dir=tmp_path / "c")
    ended = stop(chosen, tmp_path, after=4, by=signal.SIGINT)
    assert ended.returncode == 130
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("Interrupted at step 4 of 18; a checkpoint is in ")
    assert last.endswith("Go on with the same command and --resume.")
    assert "Traceback" not in ended.stderr
    assert stored_versions(chosen.name) == []


def stop(
    settings: TrainingSettings, folder: Path, after: int, by: signal.Signals
) -> subprocess.CompletedProcess[str]:
    """Run train.py and send it a signal right after an optimizer step."""
    script = folder / "stopping.py"
    script.write_text(STOPPING)
    signal_of = {"STOP_AFTER": str(after), "STOP_WITH": str(int(by))}
    return python(script, "--recipe=full", *as_flags(settings), **signal_of)
