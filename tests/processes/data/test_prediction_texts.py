"""A process that reads standard input, interrupted or left by its reader."""

import signal
import subprocess
import sys
from typing import Any

import pytest

READER = """\
import signal, sys
from sentiment import cli
from sentiment.data.prediction_texts import ahead, read_lines

def main():
    for lines in ahead(read_lines(None, "text"), 4):
        for line in lines:
            print(line.text, flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind a `&`
sys.exit(cli.run(main))
"""


def interrupt(reader: subprocess.Popen[str]) -> None:
    reader.send_signal(signal.SIGINT)


def leave(reader: subprocess.Popen[str]) -> None:
    """Close the output, as `head -n 1` does; the next line finds out."""
    assert reader.stdin
    assert reader.stdout
    reader.stdout.close()
    reader.stdin.write("bad\n")
    reader.stdin.flush()


@pytest.mark.parametrize(
    ("end", "status", "said"), [(interrupt, 130, "\nInterrupted.\n"), (leave, 0, "")]
)
def test_a_reader_whose_input_stays_open_ends_in_order(end: Any, status: int, said: str) -> None:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", READER], **pipes, text=True) as reader:
        assert reader.stdin
        assert reader.stdout
        assert reader.stderr
        reader.stdin.write("good\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "good\n"
        end(reader)
        assert reader.wait(timeout=20) == status
        assert reader.stderr.read() == said
