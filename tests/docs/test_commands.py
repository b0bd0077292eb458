"""What the pages show is run: each page's commands in their order, in a copy of the project.

Training is cut to a tiny encoder and a few reviews by flags added to each
command, and port 3000 to a free one; all else runs as it is written.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.page import RUN
from tests.docs.shell import cut, shell
from tests.support.processes import ROOT, python
from tests.support.servers import Server, serving

SERVE = "bentoml serve service:Sentiment"
HOST = "127.0.0.1:3000"
ADDRESS = f"http://{HOST}"
# What two pages show is run for the first of them; every copy has a model from the start.
FIRST = {command: page for page in reversed(RUN) for command in page.commands()}
COMMANDS = [(page, line) for page in RUN for line in page.commands() if FIRST[line] is page]
ASKING = [command for _, command in COMMANDS if ADDRESS in command]


@pytest.mark.parametrize(
    ("copy", "command"),
    [pair for pair in COMMANDS if ADDRESS not in pair[1]],
    indirect=["copy"],
    ids=str,
)
def test_a_command_works(copy: Path, command: str) -> None:
    if command == SERVE:
        with serving(copy) as running, running.client() as client:
            assert client.get("/readyz").status_code == 200
        return
    ended = shell(cut(command, copy), copy)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ASKING)
def test_a_command_that_asks_the_server_is_answered(
    command: str, project: Path, server: Server
) -> None:
    ended = shell(command.replace(ADDRESS, server.url), project)
    assert '"confidence"' in ended.stdout


@pytest.mark.parametrize("block", [block for page in RUN for block in page.blocks("python")])
def test_python_prints_a_line_a_text(block: str, server: Server) -> None:
    code = block.replace(HOST, server.url.removeprefix("http://"))
    ended = python("-c", code, timeout=60, HF_HUB_OFFLINE="0")  # forbids other servers too
    assert len(ended.stdout.splitlines()) == 2, ended.stderr


@pytest.mark.parametrize("script", ["train.py", "evaluate.py", "predict.py"])
def test_help_shows_examples_without_loading_a_model(script: str) -> None:
    command = [sys.executable, "-X", "importtime", script, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0
    assert f"python {script}" in ended.stdout.partition("examples:")[2]
    assert "| torch" not in ended.stderr
