"""Memory does not grow with the corpus: the peak of real processes on one, and on ten times it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.scoring.chunks import ROWS
from tests.support.processes import python

TEXT = "the film was awful and the plot was dull " * 20
PEAK = """\
import os, runpy, sys

sys.path.insert(0, os.getcwd())
runpy.run_path("predict.py")["main"](sys.argv[1:])
status = open("/proc/self/status").read()
print(status.partition("VmHWM:")[2].split()[0])
"""


def peak(tag: str, source: Path, rows: int) -> float:
    """Score so many rows, all in one row group; return the most MB that the process held."""
    texts = pa.table({"text": [f"{number} {TEXT}" for number in range(rows)]})
    pq.write_table(texts, source, compression="none", use_dictionary=False)
    output = source.with_suffix(".jsonl")
    flags = [str(source), "--model", tag, "--threads", "1", "--output", str(output)]
    ended = python("-c", PEAK, *flags)
    assert ended.returncode == 0, ended.stderr
    with output.open() as scores:
        assert sum(1 for _ in scores) == rows
    return int(ended.stdout.split()[-1]) / 1000


def test_ten_times_the_rows_take_no_more_memory(tag: str, tmp_path: Path) -> None:
    few, many = tmp_path / "few.parquet", tmp_path / "many.parquet"
    grown = peak(tag, many, 30 * ROWS) - peak(tag, few, 3 * ROWS)
    more = (many.stat().st_size - few.stat().st_size) / 1e6
    assert grown < more / 4
