"""The bar on a real terminal: how far, of how much, with the time left."""

import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

from sentiment.scoring.chunks import ROWS
from tests.support.processes import ROOT, environment


def on_a_terminal(*arguments: object) -> str:
    """Run `predict.py` with a terminal as standard error; return what that shows."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 150))  # a new one has no columns, and no bar fits
    command = [sys.executable, "predict.py", *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stderr=theirs, stdout=subprocess.DEVNULL
    ) as running:
        os.close(theirs)
        shown = b""
        try:
            while content := os.read(ours, 65536):
                shown += content
        except OSError:  # as a terminal ends whose last process has left it
            pass
        os.close(ours)
    assert running.returncode == 0, shown.decode()
    return shown.decode()


def test_a_folder_shows_how_far_of_how_much_and_the_time_left(tag: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, rows in (("a", 2 * ROWS), ("b", ROWS)):
        lines = (f"{number} {'film ' * 30}" for number in range(rows))
        (folder / f"{name}.txt").write_text("\n".join(lines))
    shown = on_a_terminal(folder, "--model", tag, "--output", tmp_path / "out")
    bars = re.findall(r"scoring, (\d) of 2 files done: .*?(\d+)/(\d+) \[[\d:]+<([\d:?]+)", shown)
    assert {files for files, *_ in bars} == {"0", "1", "2"}
    total = 3 * ROWS
    for _, done, of, _ in bars:
        assert int(done) <= total
        # Of files so small most is in the reader's buffer before the first chunk is scored.
        assert 0.5 * total < int(of) < 1.5 * total, bars
    assert bars[-1][:3] == ("2", str(total), str(total))
