"""The same scoring on a Ray cluster of two workers, each a raylet of its own on this machine."""

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.scoring.chunks import ROWS
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
