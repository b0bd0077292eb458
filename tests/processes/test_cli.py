"""Command lines in processes of their own: readers that leave, terminals, odd environments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.models import store_classifier
from tests.support.processes import ROOT, environment, python


def run(
    command: str, descriptor: int = subprocess.PIPE, closing: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a function as a command line, whose output goes to `descriptor`; `closing` is shell."""
    script = (
        f"import sys; from sentiment import cli\ndef main(): {command}\nsys.exit(cli.run(main))"
    )
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closing}', "sh", sys.executable, "-c", script],
        env={name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"},
        stdout=descriptor,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


PRINTING = {
    "a line": "print('a line')",
    "lines": "print('a line\\n' * 100_000)",
    "the help": "cli.parser('Does it.', '').parse_args(['--help'])",
}


@pytest.mark.parametrize("command", PRINTING.values(), ids=PRINTING)
def test_a_reader_of_the_pipe_that_leaves_is_no_error(command: str) -> None:
    """One line is written when the process ends, many of them before."""
    reader, writer = os.pipe()
    os.close(reader)
    result = run(command, writer)
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("package", ["sentiment.export", "sentiment.keys"])
def test_the_help_of_a_package_says_how_it_is_called(package: str) -> None:
    shown = python("-m", package, "--help").stdout
    assert shown.startswith(f"usage: python -m {package} ")


def test_a_reader_that_leaves_changes_no_other_exit_status() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = run("print('a line'); sys.exit(7)", writer)
    os.close(writer)
    assert (result.returncode, result.stderr) == (7, "")


def test_a_broken_pipe_to_anything_else_is_an_error() -> None:
    result = run("raise BrokenPipeError(32, 'Broken pipe')")
    assert result.returncode == 1
    assert result.stderr.startswith("error: BrokenPipeError")


@pytest.mark.parametrize("command", PRINTING.values(), ids=PRINTING)
def test_output_that_finds_no_space_is_an_error_in_a_line(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        result = run(command, full.fileno())
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "No space left on device" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_error_is_the_only_one_where_its_output_finds_no_space_either() -> None:
    with Path("/dev/full").open("w") as full:
        result = run("print('a line'); raise ValueError('why')", full.fileno())
    assert result.returncode == 1
    assert result.stderr == "error: ValueError: why (--debug shows where)\n"


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_a_shell_has_closed_are_as_if_nobody_listened(closing: str) -> None:
    command = "print('a line'); print('b', file=sys.stderr); assert sys.stdin.read() == ''"
    result = run(f"{command}; assert not sys.stdin.isatty()", closing=closing)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ("" if ">&- " in f" {closing} " and closing != "2>&-" else "a line\n")


def test_an_error_that_nobody_hears_does_not_go_to_the_output() -> None:
    result = run("raise ValueError('why')", closing="2>&-")
    assert (result.returncode, result.stdout) == (1, "")


def test_what_only_python_itself_would_catch_is_a_line_too() -> None:
    """A panic of a library that is written in Rust is no `Exception`."""
    result = run("raise type('PanicException', (BaseException,), {})('index out of bounds')")
    assert result.returncode == 1
    assert result.stderr == "error: PanicException: index out of bounds (--debug shows where)\n"


SCRIPTS = (
    *("train.py", "evaluate.py", "predict.py", "-m sentiment.export", "-m deploy.image.build"),
    *("-m sentiment.keys", "-m sentiment.keys add", "-m sentiment.keys list"),
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_command_line_takes_debug(script: str) -> None:
    ended = python(*script.split(), "--help")
    assert ended.returncode == 0, ended.stderr
    assert "--debug" in ended.stdout


COMMANDS = {
    "evaluate": "evaluate.py",
    "predict": "predict.py --text good",
    "export": "-m sentiment.export",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(
    ("variable", "value"), [("BENTOML_CONFIG", "/nowhere.yaml"), ("BENTOML_HOME", "/dev/null/x")]
)
def test_what_a_library_refuses_when_it_is_imported_is_a_line(
    command: str, variable: str, value: str
) -> None:
    ended = python(*command.split(), **{variable: value})
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1, ended.stderr


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
        (
            {"SENTIMENT_FEEDBACK_FILE": "/nowhere/feedback.jsonl"},
            "SENTIMENT_FEEDBACK_FILE, /nowhere/feedback.jsonl, cannot be opened for appending: "
            "No such file or directory. Name a file that the server may read and write",
        ),
        ({"SENTIMENT_FEEDBACK_FILE": "."}, "SENTIMENT_FEEDBACK_FILE, ., cannot be opened"),
        ({"SENTIMENT_API_KEYS_FILE": "a\nb\x1b[2J"}, r"The keys cannot be read from a\nb\x1b[2J"),
    ],
)
def test_a_server_that_cannot_be_set_so_says_it_in_a_line(
    variables: dict[str, str], words: str
) -> None:
    ended = python("-m", "bentoml", "serve", "service:Sentiment", "--port", "0", **variables)
    assert ended.returncode != 0
    assert f"error: {words}" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
