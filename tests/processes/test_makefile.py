"""`make`, with stand-ins for the interpreter and BentoML that write down what they are told."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sentiment import store
from sentiment.schema import ModelCard
from tests.support.processes import ROOT, write_script

BROKEN = """\
[ "$1" = -m ] || exit 0  # the question for its version
mkdir -p "$3/bin" && touch "$3/bin/python"
exit 1"""


def make(target: str, folder: Path, **variables: Path | str) -> subprocess.CompletedProcess[str]:
    """Run `make` with a virtual environment and a model store in `folder`."""
    settings = [f"{name}={value}" for name, value in variables.items()]
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", target, f"VENV={folder / 'venv'}", *settings],
        cwd=ROOT,
        env=environment | {"BENTOML_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """An installed environment; the file in which its programs note their arguments."""
    told, programs = tmp_path / "told", tmp_path / "venv" / "bin"
    note = f'echo "$(basename $0) $*" >> {told}'
    asked = f'[ "$1" = -c ] && exec {sys.executable} "$@"'
    write_script(programs / "python", f"{asked}\n{note}")
    for name in ("pip", "bentoml", "ruff", "mypy"):
        write_script(programs / name, note)
    for stamp in (".installed", ".installed-large", ".installed-dev"):
        (tmp_path / "venv" / stamp).touch()
    return told


def put(name: str, folder: Path, card: ModelCard) -> Path:
    """Lay a model into the store in `folder`; return its card."""
    source = folder / "encoder"
    source.mkdir()
    entry = store.find(store.save(name, source, card, np.empty(0, dtype=np.uint64))).folder
    stored = folder / "models" / name / entry.name
    shutil.copytree(entry, stored)
    shutil.rmtree(entry.parent)
    return stored / store.CARD_FILE


def test_run_trains_when_there_is_no_model(told: Path, tmp_path: Path) -> None:
    assert make("run", tmp_path).returncode == 0
    assert [line.split()[:2] for line in told.read_text().splitlines()] == [
        ["python", "train.py"],
        ["python", "evaluate.py"],
        ["bentoml", "serve"],
    ]


def test_a_port_in_use_is_told_before_the_server_starts(told: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = make("serve", tmp_path, PORT=str(port))
    assert ended.returncode != 0
    assert f"error: 127.0.0.1:{port} is in use" in ended.stdout
    assert "make serve PORT=" in ended.stdout
    assert "bentoml" not in (told.read_text() if told.exists() else "")


def test_run_serves_at_once_when_there_is_a_model(
    told: Path, tmp_path: Path, card: ModelCard
) -> None:
    put("sentiment", tmp_path, card)
    assert make("run", tmp_path).returncode == 0
    assert told.read_text().startswith("bentoml serve")


def test_run_trains_when_the_only_model_has_another_name(
    told: Path, tmp_path: Path, card: ModelCard
) -> None:
    put("tickets", tmp_path, card)
    make("run", tmp_path)
    assert told.read_text().startswith("python train.py")


def test_run_trains_when_the_model_is_of_an_older_format(
    told: Path, tmp_path: Path, card: ModelCard
) -> None:
    put("sentiment", tmp_path, card).write_text("{}")
    make("run", tmp_path)
    assert told.read_text().startswith("python train.py")


@pytest.mark.parametrize(
    ("target", "commands"),
    [
        ("lint", ["ruff check .", "ruff format --check .", "mypy"]),
        ("fix", ["ruff check --fix .", "ruff format ."]),
    ],
)
def test_a_target_runs_its_tools_in_order(
    told: Path, tmp_path: Path, target: str, commands: list[str]
) -> None:
    assert make(target, tmp_path).returncode == 0
    assert [line.rstrip() for line in told.read_text().splitlines()] == commands


def test_the_tests_run_after_the_linters(told: Path, tmp_path: Path) -> None:
    make("test", tmp_path, MISSING="podman")
    tools = [line.split()[0] for line in told.read_text().splitlines()]
    assert tools == ["ruff", "ruff", "mypy", "python"]


def test_the_fast_tests_are_folders_that_exist(told: Path, tmp_path: Path) -> None:
    assert make("test-fast", tmp_path).returncode == 0
    named = set(re.findall(r"tests/\S+", told.read_text()))
    assert {"tests/unit", "tests/service", "tests/unit/training"} <= named
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def test_help_lists_each_target_under_a_heading(tmp_path: Path) -> None:
    shown = make("help", tmp_path).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    targets = re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE)
    assert sorted(targets) == sorted(phony[1].split())
    headings = re.findall(r"^\S.*$", shown, re.MULTILINE)
    assert headings == ["Use it", "Ship it", "Change it", "Measure it", "Tidy up"]


def test_the_image_is_tested_too_where_its_tools_are(told: Path, tmp_path: Path) -> None:
    assert make("test", tmp_path, MISSING="", ABSENT="").returncode == 0
    *_, image, others = sorted(told.read_text().splitlines(), key=lambda line: "-n 3" in line)
    assert others.startswith("python -m pytest -n 3")
    assert "--ignore" not in others
    assert image == "python -m pytest tests/image"


def test_a_line_says_that_and_why_the_image_was_not_tested(told: Path, tmp_path: Path) -> None:
    ended = make("test", tmp_path, MISSING="podman runc", ABSENT="")
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "left out: make image-test (not here: podman runc)"
    assert "tests/image" not in told.read_text()


@pytest.mark.parametrize("target", ["test", "test-fast"])
def test_tests_that_drive_what_is_not_here_are_left_out_and_that_is_said(
    target: str, told: Path, tmp_path: Path
) -> None:
    ended = make(target, tmp_path, MISSING="", ABSENT="chromium redis-server")
    assert ended.returncode == 0
    line = "left out: tests that drive what is not here: chromium redis-server"
    assert line in ended.stdout.splitlines()
    assert "not (chromium or redis)" in told.read_text()


def test_each_program_has_a_mark_and_tests_that_have_it() -> None:
    marks = {"chromium": "tests/page", "redis": "tests/service", "nginx": "tests/processes/service"}
    driven = re.search(r"^DRIVEN := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert driven
    assert {each.removesuffix("-server") for each in driven[1].split()} == set(marks)
    for mark, folder in marks.items():
        files = (ROOT / folder).glob("test_*.py")
        assert any(f"pytest.mark.{mark}" in file.read_text() for file in files), mark


def test_an_environment_that_cannot_be_made_is_removed_and_the_remedy_told(tmp_path: Path) -> None:
    broken = write_script(tmp_path / "broken", BROKEN)
    ended = make("install", tmp_path, PYTHON=broken)
    assert ended.returncode != 0
    assert "apt-get install python3-venv" in ended.stdout
    assert not (tmp_path / "venv").exists()


def test_an_environment_of_ones_own_stays_when_pip_cannot_be_added(tmp_path: Path) -> None:
    own = write_script(tmp_path / "venv" / "bin" / "mine", "")
    make("install", tmp_path, PYTHON=write_script(tmp_path / "broken", BROKEN))
    assert own.exists()


def test_half_an_environment_is_finished(tmp_path: Path) -> None:
    """After Ctrl-C there is a python, but no pip."""
    half = write_script(tmp_path / "venv" / "bin" / "python", 'test -e "$(dirname $0)/pip"')
    whole = write_script(tmp_path / "whole", f'[ "$1" = -c ] || touch {half.parent}/pip')
    ended = make("install", tmp_path, PYTHON=whole)
    assert (ended.returncode, ended.stderr) == (0, "")
