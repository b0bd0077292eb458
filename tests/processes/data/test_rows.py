"""Memory does not grow with a file, packed or not: the peak of real processes on two sizes."""

import bz2
import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.processes import python

TEXT = "the film was awful and the plot was dull " * 20
READER = """\
import sys
from pathlib import Path
from sentiment.data.prediction_texts import read_lines

rows = sum(line.error is None for line in read_lines(Path(sys.argv[1]), "text"))
status = open("/proc/self/status").read()
print(rows, status.partition("VmHWM:")[2].split()[0])
"""


def csv_lines(rows: int) -> Iterator[str]:
    yield "id,text\n"
    yield from (f'{number},"{TEXT}"\n' for number in range(rows))


def json_array(rows: int) -> Iterator[str]:
    """An array in a single line."""
    for number in range(rows):
        yield f"{',' if number else '['}{json.dumps({'text': f'{number} {TEXT}'})}"
    yield "]"


def pack(path: Path, content: Iterator[str]) -> None:
    whole = "".join(content).encode()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows", whole)
    elif path.suffix == ".zst":
        path.write_bytes(pa.Codec("zstd").compress(whole, asbytes=True))
    else:
        packers = {".gz": lambda each: gzip.compress(each, 1), ".bz2": bz2.compress}
        path.write_bytes(packers.get(path.suffix, bytes)(whole))


def peak(path: Path) -> tuple[int, float]:
    """Return how many rows a process reads of a file, and the most MB that it holds."""
    ended = python("-c", READER, str(path))
    assert ended.returncode == 0, ended.stderr
    rows, kilobytes = ended.stdout.split()
    return int(rows), int(kilobytes) / 1000


@pytest.mark.parametrize(
    ("kind", "ending", "write"),
    [
        (".csv", "", csv_lines),
        (".csv", ".zst", csv_lines),
        (".csv", ".zip", csv_lines),
        (".json", "", json_array),
        (".json", ".gz", json_array),
        (".json", ".bz2", json_array),
    ],
)
def test_twenty_times_the_rows_take_no_more_memory(
    tmp_path: Path, kind: str, ending: str, write: Callable[[int], Iterator[str]]
) -> None:
    few, many = 1_000, 20_000
    for rows in (few, many):
        pack(tmp_path / f"{rows}{kind}{ending}", write(rows))
    (read_few, small), (read_many, large) = (
        peak(tmp_path / f"{rows}{kind}{ending}") for rows in (few, many)
    )
    assert (read_few, read_many) == (few, many)
    assert large - small < many * len(TEXT) / 1e6 / 4
