"""A corpus in an object store on a Ray cluster: the workers read it, each by itself."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentiment.scoring.chunks import ROWS
from tests.support.object_store import BUCKET, ObjectStore
from tests.support.processes import python

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


def predict(
    store: ObjectStore, script: Path, *arguments: object
) -> subprocess.CompletedProcess[str]:
    script.write_text(COUNTING)
    return python(script, f"s3://{BUCKET}/in", *arguments, **store.environment)


def test_the_workers_read_and_the_scores_are_those_of_one_machine(
    tag: str, tmp_path: Path, store: ObjectStore, size: int, address: str
) -> None:
    flags = ("--model", tag, "--threads", 1, "--keep", "id", "--output")
    alone = predict(store, tmp_path / "a.py", *flags, f"s3://{BUCKET}/alone")
    there = predict(store, tmp_path / "b.py", *flags, f"s3://{BUCKET}/there", "--ray", address)
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
