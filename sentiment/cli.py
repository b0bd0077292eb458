"""What the command lines share: errors in one line, quiet libraries, Ctrl-C."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from sentiment.errors import SentimentError, in_one_line

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
FAULT = 1  # an error that no part of the project has foreseen

_DEBUG = ContextVar("debug", default=False)


def parser(description: str, examples: str) -> argparse.ArgumentParser:
    """Return a parser whose help shows worked examples under its flags."""
    made = argparse.ArgumentParser(
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
