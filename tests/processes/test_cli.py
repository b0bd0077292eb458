"""Command lines in processes of their own: readers that leave, terminals, odd environments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.models import store_classifier
from tests.support.processes import ROOT, environment, python


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_of_the_pipe_that_leaves_is_no_error(lines: int) -> None:
    """One line is written when the process ends, many of them before."""
    script = (
        "import sys; from sentiment import cli\n"
        f"sys.exit(cli.run(lambda: print('a line\\n' * {lines})))"
    )
    reader, writer = os.pipe()
    os.close(reader)
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
    result = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")


SCRIPTS = ("train.py", "evaluate.py", "predict.py", "-m sentiment.export", "-m deploy.image.build")


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_command_line_takes_debug(script: str) -> None:
    ended = python(*script.split(), "--help")
    assert ended.returncode == 0, ended.stderr
    assert "--debug" in ended.stdout


def test_a_table_is_printed_on_a_terminal_that_has_no_emoji(tmp_path: Path) -> None:
    tag = store_classifier(
        name="scripts", labels=["na\N{LATIN SMALL LETTER I WITH DIAERESIS}f", "ok"]
    )
    path = tmp_path / "texts.txt"
    path.write_text("a good film \N{GRINNING FACE}\nein schöner Film\n", encoding="utf-8")
    arguments = ("predict.py", "--model", tag, str(path), "--format", "table")
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment() | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        encoding="latin-1",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "a good film ?" in ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SENTIMENT_MODEL": ""}, "SENTIMENT_MODEL: It should be a name or a tag"),
        ({"SENTIMENT_DRAIN_SECONDS": "inf"}, "SENTIMENT_DRAIN_SECONDS: Input should be a finite"),
    ],
)
def test_a_server_that_cannot_be_set_so_says_it_in_a_line(
    variables: dict[str, str], words: str
) -> None:
    ended = python("-m", "bentoml", "serve", "service:Sentiment", "--port", "0", **variables)
    assert ended.returncode != 0
    assert f"error: {words}" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
