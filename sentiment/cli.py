"""What the command lines share: errors in one line, quiet libraries, Ctrl-C."""

import argparse
import contextlib
import io
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from difflib import get_close_matches
from typing import Any, TextIO

from sentiment.errors import SentimentError, in_one_line, printable

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
FAULT = 1  # an error that no part of the project has foreseen

_DEBUG = ContextVar("debug", default=False)


class _Parser(argparse.ArgumentParser):
    """A parser with flags whose values may begin with a dash, as in `--labels -1=bad 1=good`.

    Those are the flags that may be repeated (`action="extend"`). Each value is handed on in a
    flag of its own, `--labels=-1=bad`, which argparse never takes for another flag.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._flags: dict[str, bool] = {}  # whether each takes values that look like flags
        super().__init__(*arguments, **options)
        self.add_argument("--debug", action=_Debug, help="show the traceback of an error")

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        action = super().add_argument(*names, **options)
        for flag in action.option_strings:
            self._flags[flag] = options.get("action") == "extend"
        return action

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(self._spelt_out(given), namespace)

    def _spelt_out(self, arguments: Sequence[str]) -> list[str]:
        taking = ""
        spelt: list[str] = []
        for place, argument in enumerate(arguments):
            flag, sign, _ = argument.partition("=")
            if argument == "--":
                return [*spelt, *arguments[place:]]
            if self._flags.get(flag):
                taking = flag
                follows = self._is_value(arguments[place + 1]) if arguments[place + 1 :] else False
                spelt += [argument] if sign or not follows else []
            elif taking and self._is_value(argument):
                spelt.append(f"{taking}={argument}")
            else:
                taking = ""
                spelt.append(argument)
        return spelt

    def _is_value(self, argument: str) -> bool:
        """Return whether an argument is no flag, shortened or misspelt flags included."""
        if argument == "--":
            return False
        flag = argument.partition("=")[0]
        if not argument.startswith("-") or flag in ("-", "--"):
            return True
        if not flag.startswith("--"):
            return flag not in self._flags
        shortened = any(known.startswith(flag) for known in self._flags)
        return not shortened and not get_close_matches(flag, self._flags, n=1, cutoff=0.75)


def parser(description: str, examples: str) -> argparse.ArgumentParser:
    """Return a parser whose help shows worked examples under its flags."""
    return _Parser(
        prog=_as_it_was_called(),
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _as_it_was_called() -> str | None:
    """Return `python -m PACKAGE` for a package that was run; None leaves the name to argparse.

    From Python 3.14 on argparse says so itself.
    """
    package, dot, module = getattr(sys.modules["__main__"].__spec__, "name", "").rpartition(".")
    return f"python -m {package}" if dot and module == "__main__" else None


class _Debug(argparse.Action):
    """The flag `--debug`, which is for `run` alone and leaves nothing among the arguments."""

    def __init__(self, option_strings: list[str], dest: str, **options: Any) -> None:  # noqa: ARG002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **options)

    def __call__(self, *_: object) -> None:
        _DEBUG.set(True)


def number(kind: type[int] | type[float], least: float, most: float) -> Callable[[str], float]:
    """Return the `type` of a flag that takes a number from `least` to `most`."""

    def parse(given: str) -> float:
        try:
            value = kind(given)
        except (ValueError, OverflowError):
            value = kind(least) - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"{given[:100]!r} is no {kind.__name__} from {least:,} to {most:,}"
            )
        return value

    return parse


def run(command: Callable[[], None]) -> int:
    """Run a command line; return its exit status. Any error becomes one line.

    With `--debug` the traceback comes before it.
    """
    _quieten()
    _open_what_is_closed()
    _replace_what_cannot_be_printed()
    _DEBUG.set(False)
    try:
        command()
    except SentimentError as error:
        status = _report(error, str(error), error.exit_code)
    except KeyboardInterrupt as interruption:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the next one ends what still cleans up
        _say(f"\n{str(interruption) or 'Interrupted.'}")
        status = getattr(interruption, "exit_code", INTERRUPTED)
    except SystemExit as leaving:
        if _printed_all() or leaving.code:
            raise
        return FAULT
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if isinstance(error, BrokenPipeError) and _reader_has_left(sys.stdout):
            status = 0
        else:
            status = _report(error, f"{in_one_line(error)} (--debug shows where)", FAULT)
    else:
        return 0 if _printed_all() else FAULT
    _printed_all(tell=False)
    return status


def _report(error: BaseException, said: str, status: int) -> int:
    """Tell of an error; return the exit status that is given."""
    if _DEBUG.get():
        _say("".join(traceback.format_exception(error)).rstrip("\n"))
    _say(f"error: {printable(said)}")
    return status


def _say(text: str) -> None:
    """Print to standard error, as far as that can be."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def _printed_all(tell: bool = True) -> bool:
    """Write what is printed and still waits; return whether that could be done.

    If not, it is discarded, because Python would fail at it again when it ends.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has left
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        if tell:
            _say(f"error: Standard output cannot be written: {error.strerror}.")
        return False
    return True


def _discard(stream: TextIO) -> None:
    """Write what a stream holds, and will get, to nowhere."""
    with contextlib.suppress(OSError):  # a stream that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _reader_has_left(stream: TextIO) -> bool:
    """Return whether what is written to a pipe is read by nobody any more."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return bool(poll.poll(0))
    except (OSError, AttributeError):  # a stream that is no file, a system without poll
        return False


def _open_what_is_closed() -> None:
    """Open those of the three standard streams that a shell has closed (`>&-`), to nowhere.

    Otherwise the next file that is opened would take the place of one, and get what some library
    prints.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _replace_what_cannot_be_printed() -> None:
    """Print a question mark for what the terminal's encoding lacks, such as an emoji in Latin-1."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _quieten() -> None:
    """Silence libraries, so that the terminal shows only our own progress bars and messages."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")  # unset, it warns after a fork
