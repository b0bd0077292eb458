"""Measures how a large file becomes a corpus, in a process of its own, twice."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.preparation.result import Result, Run
from benchmarks.reviews import reviews

_CHARACTERS = 255  # of a review in each row; with its number and other columns 315 bytes
_REVIEWS = 5000
_EVERY_S = 0.05  # memory is looked at; the peak of the loading process itself is exact
_LOAD = """\
import json, sys, time
from sentiment.data import load
from sentiment.settings import DataSettings
if __name__ == "__main__":
    started = time.perf_counter()
    corpus = load(DataSettings(data=sys.argv[1], train_size=200))
    seconds = time.perf_counter() - started
    assert corpus.summary.sizes["train"] == 200
    peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
    print(json.dumps({"seconds": seconds, "peak_mb": int(peak) / 1000}))
"""


def measure(rows: int) -> Result:
    """Return the figures for a file of so many rows, with an empty cache and with a full one."""
    with tempfile.TemporaryDirectory() as scratch:
        file = write(Path(scratch) / "reviews.csv", rows)
        first, again = (load(file, Path(scratch) / "cache") for _ in range(2))
        size = file.stat().st_size
    return {
        **machine(),
        "rows": rows,
        "megabytes": size / 1e6,
        "first": first,
        "again": again,
    }


def write(path: Path, rows: int) -> Path:
    """Write a CSV of `rows` pieces of reviews, each with a number of its own; return `path`."""
    texts = reviews(_REVIEWS)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "text", "label", "source"])
        for row in range(rows):
            text = texts[row % len(texts)]
            start = (row // len(texts) * 97) % max(len(text) - _CHARACTERS, 1)
            piece = text[start : start + _CHARACTERS]
            label = ("negative", "positive")[row % 2]
            writer.writerow([row, "2025-01-01T00:00", f"{piece} {row}", label, "web"])
    return path


def load(file: Path, cache: Path) -> Run:
    """Load the file with its prepared rows in `cache`; return the figures."""
    program = file.parent / "load.py"
    program.write_text(_LOAD, encoding="utf-8")
    command = subprocess.Popen(
        [sys.executable, str(program), str(file)],
        env=os.environ | {"PYTHONPATH": os.getcwd(), "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.PIPE,
        text=True,
    )
    together = _watch(command)
    output, _ = command.communicate()
    if command.returncode:
        raise RuntimeError(f"loading ended with status {command.returncode}")
    run: Run = json.loads(output.splitlines()[-1])
    return {**run, "peak_mb": max(run["peak_mb"], together)}


def _watch(command: "subprocess.Popen[str]") -> float:
    """Wait for a process; return the peak of resident memory of it and its children, in MB."""
    import psutil

    process, peak = psutil.Process(command.pid), 0
    while command.poll() is None:
        try:
            tree = [process, *process.children(recursive=True)]
            peak = max(peak, sum(each.memory_info().rss for each in tree))
        except psutil.NoSuchProcess:  # one that has just ended
            continue
        time.sleep(_EVERY_S)
    return peak / 1e6
