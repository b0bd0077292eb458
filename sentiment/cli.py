"""What the command lines share: errors in one line, quiet libraries, Ctrl-C."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from difflib import get_close_matches
from typing import Any

from sentiment.errors import SentimentError, in_one_line

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
    made = _Parser(
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--debug", action=_Debug, help="show the traceback of an error")
    return made


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
    _replace_what_cannot_be_printed()
    _DEBUG.set(False)
    try:
        command()
        sys.stdout.flush()
    except SentimentError as error:
        _report(error, str(error))
        return error.exit_code
    except KeyboardInterrupt as interruption:
        print(f"\n{str(interruption) or 'Interrupted.'}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        _report(error, f"{in_one_line(error)} (--debug shows where)")
        return FAULT
    return 0


def _report(error: Exception, said: str) -> None:
    if _DEBUG.get():
        traceback.print_exception(error)
    print(f"error: {said}", file=sys.stderr)


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
