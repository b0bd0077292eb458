"""Files of a data set of the hub, fetched over HTTP, and found in the cache without it.

Each reading is a process of its own: the hub's client reads its settings once, on import.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.hub import COMMIT, serving
from tests.support.processes import python

CODE = """
import json
from sentiment import data
from sentiment.settings import DataSettings
corpus = data.load(DataSettings(data="hub:owner/moods"))
rows = {split: part[:] for split, part in corpus.splits.items()}
print(json.dumps({"rows": rows, "labels": corpus.labels, "notes": corpus.notes}))
"""
CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: rows/train-*.csv
  - split: test
    path: rows/held-out.csv
---
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Semicolons in Windows-1252, in two files of training and one of tests."""
    (tmp_path / "moods" / "rows").mkdir(parents=True)
    (tmp_path / "moods" / "README.md").write_text(CARD)
    for name, numbers in (
        ("train-0", range(40)),
        ("train-1", range(40, 60)),
        ("held-out", range(90, 96)),
    ):
        rows = "".join(f"schön, {n};{('sad', 'merry')[n % 2]}\n" for n in numbers)
        content = f"text;label\n{rows}".encode("cp1252")
        (tmp_path / "moods" / "rows" / f"{name}.csv").write_bytes(content)
    (tmp_path / "moods" / "photo.png").write_bytes(b"nothing that training needs")
    return tmp_path / "moods"


def read(home: Path, **variables: str) -> dict[str, Any]:
    ended = python("-c", CODE, HF_HOME=str(home), XDG_CACHE_HOME=str(home), **variables)
    assert ended.returncode == 0, ended.stderr
    read: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return read


def test_files_are_fetched_and_found_again_without_the_hub(tmp_path: Path, folder: Path) -> None:
    home = tmp_path / "home"
    with serving("owner/moods", folder) as hub:
        fetched = read(home, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="0")
        sent = {name for name in hub.sent if name != "README.md"}
    assert sent == {"rows/train-0.csv", "rows/train-1.csv", "rows/held-out.csv"}
    assert fetched["labels"] == ["merry", "sad"]
    assert fetched["rows"]["test"]["text"] == [f"schön, {n}" for n in range(90, 96)]
    assert len(fetched["rows"]["train"]["text"]) == 48
    assert not any("cache" in note for note in fetched["notes"])
    again = read(home, HF_HUB_OFFLINE="1")
    assert again["rows"] == fetched["rows"]
    assert any(f"as it was at {COMMIT[:8]}" in note for note in again["notes"])
