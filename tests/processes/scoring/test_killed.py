"""Runs ended by SIGKILL, in real processes: resumed, they end with the very same bytes."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from sentiment.scoring.chunks import ROWS
from tests.support.processes import python

# Each step of a run that another process could see is one of these calls.
KILLING = """\
import os, runpy, shutil, signal, sys

steps = []

def killing(call):
    def step(*given, **more):
        steps.append(1)
        if len(steps) == int(os.environ["KILL_AT"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **more)
    return step

os.fsync, os.replace, os.mkdir = map(killing, (os.fsync, os.replace, os.mkdir))
shutil.rmtree = killing(shutil.rmtree)
sys.path.insert(0, os.getcwd())
try:
    runpy.run_path("predict.py", run_name="__main__")
finally:
    print("steps:", len(steps))
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files: one of two chunks, with a bad row in each; one of one chunk."""
    folder = tmp_path_factory.mktemp("corpus")
    texts = [f"film {number} was awful" for number in range(ROWS + 100)]
    texts[5] = texts[-5] = " "
    (folder / "a.jsonl").write_text("".join(f"{json.dumps({'text': text})}\n" for text in texts))
    (folder / "b.csv").write_text("text\nsuperb\ndull\n")
    return folder


def run(
    tag: str, corpus: Path, output: Path, *flags: str, kill_at: int = 0
) -> subprocess.CompletedProcess[str]:
    script = output.with_suffix(".py")
    script.write_text(KILLING)
    arguments = [str(corpus), "--output", str(output), "--model", tag, "--threads", "1", *flags]
    return python(script, *arguments, timeout=120, KILL_AT=str(kill_at))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(
    tag: str, corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], int]:
    """The output of a run that nothing stopped, and how many steps it took."""
    output = tmp_path_factory.mktemp("whole") / "scores"
    ended = run(tag, corpus, output)
    assert ended.returncode == 1, ended.stderr  # the bad rows
    return contents(output), int(ended.stdout.split()[-1])


@pytest.mark.parametrize("share", [number / 8 for number in range(9)])
def test_a_killed_run_resumed_ends_with_the_same_bytes(
    share: float, tag: str, corpus: Path, whole: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    expected, steps = whole
    output = tmp_path / "scores"
    killed = run(tag, corpus, output, kill_at=1 + round(share * (steps - 1)))
    assert killed.returncode == -signal.SIGKILL
    assert not output.exists() or contents(output) == expected, "half an output appeared"
    assert run(tag, corpus, output, "--resume").returncode in (0, 1)
    assert contents(output) == expected


def test_a_run_killed_again_and_again_ends_with_the_same_bytes(
    tag: str, corpus: Path, whole: tuple[dict[str, bytes], int], tmp_path: Path
) -> None:
    output, codes = tmp_path / "scores", []
    while len(codes) < 20 and not output.exists():
        codes.append(run(tag, corpus, output, "--resume", kill_at=8 + 4 * len(codes)).returncode)
    assert codes.count(-signal.SIGKILL) > 2
    assert contents(output) == whole[0]
