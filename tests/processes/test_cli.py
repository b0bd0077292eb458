"""A command whose reader leaves, in a process of its own."""

import os
import subprocess
import sys

import pytest


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
