"""The guide to several machines, run as it is written: two of them on this one, without a GPU."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.deploy.manifests import DEPLOY
from tests.support.models import make_encoder
from tests.support.processes import ROOT
from tests.support.reviews import write_reviews
from tests.support.servers import free_port

GUIDE = (DEPLOY / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^accelerate launch .*--machine_rank .*$", GUIDE, re.MULTILINE)


def start(command: str, port: int, folder: Path, name: str) -> "subprocess.Popen[str]":
    """Start one machine's command, with a process a machine and a tiny model."""
    given = shlex.split(command)
    changes = {"--num_processes": 2, "--main_process_ip": "127.0.0.1", "--main_process_port": port}
    for flag, value in changes.items():
        given[given.index(flag) + 1] = str(value)
    given[:2] = [sys.executable, "-m", "accelerate.commands.launch"]
    small = ("--batch-size=4", "--max-length=16", "--device=cpu", "--precision=fp32")
    settings = [
        *(f"--data={folder / 'reviews.csv'}", f"--base-model={folder / 'tiny'}", f"--name={name}"),
        *(f"--checkpoint-dir={folder / 'checkpoints'}", "--export", "none", *small),
    ]
    return subprocess.Popen(
        [*given, *settings],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_machines_train_one_model(tmp_path: Path) -> None:
    assert [shlex.split(each)[each.split().index("--machine_rank") + 1] for each in COMMANDS] == [
        "0",
        "1",
    ]
    make_encoder(tmp_path / "tiny", "bert")
    write_reviews(tmp_path / "reviews.csv", rows=81)
    port = free_port()
    machines = [start(command, port, tmp_path, "two-machines") for command in COMMANDS]
    try:
        told = [machine.communicate(timeout=240)[0] for machine in machines]
    finally:
        for machine in machines:
            machine.kill()
    assert [machine.returncode for machine in machines] == [0, 0], told
    assert "2 process(es)" in told[0]
    assert "two-machines:" in told[0].splitlines()[-1]
    assert "two-machines:" not in told[1]
