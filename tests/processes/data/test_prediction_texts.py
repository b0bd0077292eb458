"""A process that reads standard input, interrupted or left by its reader."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.interruption import HEARS, each_hearer

READER = """\
import signal, sys, threading
from sentiment import cli
from sentiment.data.prediction_texts import ahead, read_lines

def main():
    for lines in ahead(read_lines(None, "text"), 4):
        for line in lines:
            print(line.text, flush=True)

{hears}
sys.exit(cli.run(main))
"""


@contextmanager
def a_reader(hears: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a reader that has read one line of an input that stays open."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-c", READER.format(hears=hears)]
    with subprocess.Popen(command, **pipes, text=True) as reader:
        assert reader.stdin
        assert reader.stdout
        reader.stdin.write("good\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "good\n"
        yield reader


def end_of(reader: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the status of a reader that ends, and what it has said."""
    assert reader.stderr
    try:
        return reader.wait(timeout=20), reader.stderr.read()
    finally:
        reader.kill()


@each_hearer
def test_a_reader_that_is_interrupted_ends_in_order(hears: str) -> None:
    with a_reader(hears) as reader:
        reader.send_signal(signal.SIGINT)
        assert end_of(reader) == (130, "\nInterrupted.\n")


def test_a_reader_whose_own_reader_leaves_ends_in_order() -> None:
    """As with `head -n 1`; the next line finds out."""
    with a_reader(HEARS) as reader:
        assert reader.stdin
        assert reader.stdout
        reader.stdout.close()
        reader.stdin.write("bad\n")
        reader.stdin.flush()
        assert end_of(reader) == (0, "")
