"""What the command lines share: errors in one line, quiet libraries, Ctrl-C."""

import argparse
import os
import sys
from collections.abc import Callable

from sentiment.errors import SentimentError

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def parser(description: str, examples: str) -> argparse.ArgumentParser:
    """Return a parser whose help shows worked examples under its flags."""
    return argparse.ArgumentParser(
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run(command: Callable[[], None]) -> int:
    """Run a command line; return its exit status. Errors for users become one line."""
    _quieten()
    try:
        command()
        sys.stdout.flush()
    except SentimentError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as interruption:
        print(f"\n{str(interruption) or 'Interrupted.'}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _quieten() -> None:
    """Silence libraries, so that the terminal shows only our own progress bars and messages."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")  # unset, it warns after a fork
