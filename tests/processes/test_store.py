"""Saving a model in a process that is killed."""

import signal
from pathlib import Path

import bentoml
import numpy as np

from sentiment import store
from sentiment.schema import ModelCard
from tests.support.processes import python

KILLED = """\
import os, shutil, signal, sys
from pathlib import Path
from sentiment import store
from tests.support.cards import make_card

copied, copyfile = [], shutil.copyfile

def kill_at_fourth(*arguments, **options):
    copied.append(arguments)
    if len(copied) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return copyfile(*arguments, **options)

shutil.copyfile = kill_at_fourth
store.save("killed", Path(sys.argv[1]), make_card(), [])
"""


def test_a_kill_while_saving_leaves_nothing_in_the_store(tmp_path: Path, card: ModelCard) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "deeper" / "weights.bin").write_bytes(b"\x00\x01")
    older = store.save("killed", tmp_path, card, np.empty(0, dtype=np.uint64))
    assert python("-c", KILLED, tmp_path).returncode == -signal.SIGKILL
    assert [str(entry.tag) for entry in bentoml.models.list("killed")] == [older]
