"""The same scoring on a Ray cluster of two workers, each a raylet of its own on this machine.

One file, because all tests share the cluster. Of a corpus in an object store, the workers read
what they score, each by itself.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.scoring.chunks import ROWS
from tests.support.object_store import BUCKET, ObjectStore
from tests.support.processes import python


def predict(*arguments: object) -> subprocess.CompletedProcess[str]:
    return python("predict.py", *arguments)


def test_a_cluster_gives_the_same_rows_and_the_same_scores(
    tag: str, tmp_path: Path, address: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    texts = [f"film {'very ' * (number % 7)}{number}" for number in range(3 * ROWS + 100)]
    texts[7] = ""
    (folder / "a.jsonl").write_text("".join(f"{json.dumps({'text': text})}\n" for text in texts))
    pq.write_table(pa.table({"text": ["superb", None, "dull"]}), folder / "b.parquet")
    flags = (folder, "--model", tag, "--threads", 1, "--output")
    alone = predict(*flags, tmp_path / "alone")
    there = predict(*flags, tmp_path / "there", "--ray", address)
    assert (alone.returncode, there.returncode) == (1, 1), there.stdout + there.stderr
    assert "2 line(s) could not be predicted" in there.stderr
    for name in ("a.jsonl", "b.parquet"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


def test_a_file_that_breaks_off_is_told_in_a_line(tag: str, tmp_path: Path, address: str) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"text": [f"film {n}" for n in range(9000)]}), path, row_group_size=3000
    )
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(content)
    ended = predict(path, "--model", tag, "--output", tmp_path / "b.jsonl", "--ray", address)
    assert ended.returncode == 2
    assert f"\nerror: {path} cannot be read as .parquet: " in f"\n{ended.stderr}"
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9"])
def test_an_address_without_a_cluster_is_told(tag: str, tmp_path: Path, address: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("superb\n")
    ended = predict(path, "--model", tag, "--output", tmp_path / "b.jsonl", "--ray", address)
    assert ended.returncode == 2
    assert f"error: No Ray cluster at {address}: " in ended.stderr


# --- a corpus in an object store ----------------------------------------------------

TEXT = "the film was awful and the plot was dull " * 96
FILES = 2

# Counts what the process of the command reads of the corpus; those of the workers are others.
COUNTING = """\
import io, os, runpy, sys

sys.path.insert(0, os.getcwd())
from sentiment.data import remote

read, opened = [], remote.open_remote

class Counted(io.RawIOBase):
    def __init__(self, file):
        self.file, self.tell, self.seek = file, file.tell, file.seek
    def seekable(self):
        return True
    def read(self, size=-1):
        content = self.file.read(size)
        read.append(len(content))
        return content
    def close(self):
        self.file.close()

remote.open_remote = lambda path: Counted(opened(path))
try:
    runpy.run_path("predict.py", run_name="__main__")
finally:
    print("read:", sum(read))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with ObjectStore(tmp_path_factory.mktemp("store") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def size(store: ObjectStore) -> int:
    """The bytes of a corpus of large files and one small one, put into the store."""
    total = 0
    for number in range(FILES):
        rows = [{"id": row, "text": f"{number} {row} {TEXT}"} for row in range(ROWS + 50)]
        content = "".join(f"{json.dumps(row)}\n" for row in rows)
        store.put(f"in/{number}.jsonl", content)
        total += len(content)
    store.put("in/small.csv", "id,text\n1,superb\n2,\n")
    return total


def predict_counting(
    store: ObjectStore, script: Path, *arguments: object
) -> subprocess.CompletedProcess[str]:
    script.write_text(COUNTING)
    return python(script, f"s3://{BUCKET}/in", *arguments, **store.environment)


def test_the_workers_read_and_the_scores_are_those_of_one_machine(
    tag: str, tmp_path: Path, store: ObjectStore, size: int, address: str
) -> None:
    flags = ("--model", tag, "--threads", 1, "--keep", "id", "--output")
    alone = predict_counting(store, tmp_path / "a.py", *flags, f"s3://{BUCKET}/alone")
    there = predict_counting(
        store, tmp_path / "b.py", *flags, f"s3://{BUCKET}/there", "--ray", address
    )
    assert (alone.returncode, there.returncode) == (1, 1), there.stdout + there.stderr
    scores = store.contents("alone")
    assert len(scores) == FILES + 1
    assert store.contents("there") == scores
    read = [int(ended.stdout.split("read: ")[-1]) for ended in (alone, there)]
    assert read[0] > size, "one machine reads all of the corpus, and the parts to join them"
    assert read[1] < size / 2, "but here only the parts, and the first rows of each file"


def test_what_the_workers_are_refused_is_told_in_a_line(
    tag: str, tmp_path: Path, store: ObjectStore, size: int, address: str
) -> None:
    """The command may read, its workers lack the credentials that they would be sent."""
    script = tmp_path / "a.py"
    script.write_text(
        "import os, runpy, sys\n"
        "sys.path.insert(0, os.getcwd())\n"
        "from sentiment.data import remote\n"
        "remote.SCHEMES['s3'] = remote.SCHEMES['s3']._replace(variables=('AWS_E', 'AWS_D'))\n"
        "runpy.run_path('predict.py', run_name='__main__')\n"
    )
    flags = ("--model", tag, "--output", tmp_path / "out", "--ray", address)
    ended = python(script, f"s3://{BUCKET}/in", *flags, **store.environment)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "may not be read: Unable to locate credentials. Set AWS_ACCESS_KEY_ID" in ended.stderr
    assert "Traceback" not in ended.stderr
