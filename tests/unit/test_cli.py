import argparse
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from sentiment import cli
from sentiment.errors import DataError, TrainingError
from sentiment.settings import TrainingSettings, add_flags
from sentiment.training.interruption import Interrupted


@pytest.fixture(autouse=True)
def _environment_as_it_was() -> Iterator[None]:
    before, handler = dict(os.environ), signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
    os.environ.clear()
    os.environ.update(before)


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


def test_a_command_that_ends_well_exits_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(lambda: print("done")) == 0
    assert capsys.readouterr() == ("done\n", "")


def test_an_error_for_users_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(raising(DataError("The file is empty.", "Pass another.")))
    assert capsys.readouterr() == ("", "error: The file is empty. Pass another.\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("\x1b[2Jred", r"\x1b[2Jred"),
        ("\udcff", r"\udcff"),
        ("schön 😀 好", "schön 😀 好"),
    ],
)
def test_a_name_of_a_file_cannot_break_the_line(
    name: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(raising(DataError(f"No such file: {name}.")))
    assert capsys.readouterr().err == f"error: No such file: {shown}.\n"


@pytest.mark.parametrize(("error", "status"), [(DataError("x"), 2), (TrainingError("x"), 1)])
def test_an_error_decides_the_exit_status(error: Exception, status: int) -> None:
    assert cli.run(raising(error)) == status


FOREIGN = [
    (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    (FileNotFoundError(2, "No such file", "a.csv"), "FileNotFoundError: [Errno 2] No such file"),
    (RuntimeError("\n\nfirst\nsecond\n"), "RuntimeError: first"),
    (
        RuntimeError("Exception from core.cpp:117:\nException from plugin.cpp:9:\nno bf16\nx"),
        "RuntimeError: Exception from core.cpp:117: Exception from plugin.cpp:9: no bf16 (--debug",
    ),
    (ValueError("x" * 10_000), "ValueError: xxx"),
    (KeyError(), "KeyError"),
    (MemoryError(), "MemoryError"),
    (RecursionError("maximum recursion depth"), "RecursionError: maximum"),
    (UnicodeEncodeError("latin-1", "\U0001f600", 0, 1, "no"), "UnicodeEncodeError: 'latin-1'"),
    (ImportError("Using SOCKS proxy"), "ImportError: Using SOCKS proxy"),
]


@pytest.mark.parametrize(("error", "words"), FOREIGN)
def test_an_error_that_nobody_has_foreseen_is_a_line_too(
    error: Exception, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(raising(error)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {words}")
    assert err.endswith("(--debug shows where)\n")
    assert err.count("\n") == 1
    assert len(err) < 400


@pytest.mark.parametrize("error", [ZeroDivisionError("why"), DataError("why")])
def test_with_debug_the_traceback_comes_before_the_line(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        assert vars(cli.parser("Does it.", "").parse_args(["--debug"])) == {}
        raise error

    cli.run(command)
    traceback, line = capsys.readouterr().err.rstrip("\n").rsplit("\n", 1)
    assert traceback.startswith("Traceback")
    assert "in command" in traceback
    assert line.startswith("error: ")


def test_debug_is_off_again_in_the_next_run(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(lambda: vars(cli.parser("Does it.", "").parse_args(["--debug"])).clear())
    cli.run(raising(ZeroDivisionError()))
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "given", ["nan", "inf", "-inf", "1e999", "0", "11", "soon", "", "9" * 5000]
)
@pytest.mark.parametrize("kind", [int, float])
def test_a_number_out_of_bounds_is_no_flag(
    kind: type[int] | type[float], given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = cli.parser("Does it.", "")
    parser.add_argument("--seconds", type=cli.number(kind, 1, 10))
    assert parser.parse_args(["--seconds", "10"]).seconds == 10
    with pytest.raises(SystemExit):
        parser.parse_args([f"--seconds={given}"])
    assert f"is no {kind.__name__} from 1 to 10" in capsys.readouterr().err


def test_an_exit_status_of_the_commands_own_passes_through() -> None:
    with pytest.raises(SystemExit, match="7"):
        cli.run(raising(SystemExit(7)))


def test_ctrl_c_exits_as_shells_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "\nInterrupted.\n"


def test_ctrl_c_says_what_the_command_wants_said(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(raising(KeyboardInterrupt("Go on with --resume.")))
    assert capsys.readouterr().err == "\nGo on with --resume.\n"


def test_a_signal_that_a_command_has_noted_decides_the_exit_status() -> None:
    assert cli.run(raising(Interrupted("Stopped.", signal.SIGTERM))) == 143


def test_a_second_ctrl_c_ends_at_once_and_without_a_word() -> None:
    cli.run(raising(KeyboardInterrupt()))
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL


def test_an_error_that_cannot_be_put_into_words_is_told_by_its_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert cli.run(raising(Mute())) == 1
    assert capsys.readouterr().err.startswith("error: Mute")


def test_libraries_are_told_to_be_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRANSFORMERS_VERBOSITY", raising=False)
    cli.run(lambda: None)
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "error"


def test_a_user_who_wants_libraries_to_talk_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "info")
    cli.run(lambda: None)
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "info"


def test_help_shows_the_examples_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parser("Does it.", "  do it\n  do it twice").parse_args(["--help"])
    shown = capsys.readouterr().out
    assert "Does it." in shown
    assert "examples:\n  do it\n  do it twice\n" in shown


# --- values that look like flags ---------------------------------------------------


def labels_parser() -> argparse.ArgumentParser:
    parser = cli.parser("A test.", "")
    add_flags(parser, TrainingSettings)
    parser.add_argument("tag", nargs="?")
    return parser


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--labels -1=bad 0=so 1=good", ["-1=bad", "0=so", "1=good"]),
        ("--labels 1=good 0=so -1=bad", ["1=good", "0=so", "-1=bad"]),
        ("--labels 0=so -1=bad 1=good --epochs 2", ["0=so", "-1=bad", "1=good"]),
        ("--labels -1 1", ["-1", "1"]),
        ("--labels - +", ["-", "+"]),
        ("--labels --=minus -=dash", ["--=minus", "-=dash"]),
        ("--labels -bad=x --none=y", ["-bad=x", "--none=y"]),
        ("--labels a=b=c x=1", ["a=b=c", "x=1"]),
        ("--labels=-1=bad 1=good", ["-1=bad", "1=good"]),
        ("--labels=-1=bad --labels 1=good", ["-1=bad", "1=good"]),
        ("--labels -1=bad --epochs 2 --labels -2=good", ["-1=bad", "-2=good"]),
    ],
)
def test_a_value_may_begin_with_a_dash_and_hold_an_equals_sign(
    line: str, expected: list[str]
) -> None:
    assert labels_parser().parse_args(line.split()).labels == expected


def test_a_double_dash_ends_the_values() -> None:
    given = labels_parser().parse_args(["--labels", "a", "-1=b", "--", "sentiment:x"])
    assert (given.labels, given.tag) == (["a", "-1=b"], "sentiment:x")


@pytest.mark.parametrize("flag", ["--epochs=3", "--epoch=3", "--seed=3"])
def test_a_flag_behind_values_is_still_one(flag: str) -> None:
    given = labels_parser().parse_args(["--labels", "-1=bad", "1=good", flag])
    assert given.labels == ["-1=bad", "1=good"]


@pytest.mark.parametrize("flag", ["--epohcs", "--lables", "--text-colunm=x"])
def test_a_misspelt_flag_is_no_value(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        labels_parser().parse_args(["--labels", "a", "b", flag, "3"])
    assert "usage:" in capsys.readouterr().err


def test_a_flag_without_values_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        labels_parser().parse_args(["--labels", "--epochs", "2"])
    assert "--labels: expected at least one argument" in capsys.readouterr().err
