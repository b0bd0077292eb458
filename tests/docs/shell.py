"""Commands as the pages show them, in a shell, with training made small."""

import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.processes import environment

SMALL = (
    "--train-size=32 --validation-size=16 --epochs=1 --max-length=16 --frozen-layers=0 "
    "--method=fine-tuning --ngrams=off --export"
).split()


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line in a folder, with the programs of this environment."""
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment() | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )


def cut(command: str, folder: Path, export: str = "none") -> str:
    """Return a training command with the flags that make it small; others as they are.

    Without a file of its own it learns a small one of the packaged reviews' labels.
    """
    if "train.py" not in command:
        return command
    small = [*SMALL, export, f"--base-model={folder / 'tiny'}"]
    if "--data" not in command:
        small.append(f"--data={folder / 'small.csv'}")
    if "accelerate launch" in command:
        command = command.replace("--multi_gpu", "--cpu --num_machines 1")
    return f"{command} {shlex.join(small)}"
