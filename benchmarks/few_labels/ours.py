"""Training by Sentiment on a draw, in a process of its own."""

import os
import time
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from benchmarks.few_labels.draws import LABELS, Files
from benchmarks.few_labels.plan import Training

_SLOW_IMPORTS = ("accelerate", "sklearn.linear_model", "torch", "transformers")
"""Packages that are imported before the clock starts, as SetFit's script does."""


class Outcome(NamedTuple):
    """What came of a training."""

    method: str
    accuracy: float
    seconds: float
    """Of the whole command without its imports: reading, comparing, training and storing."""
    core_seconds: float
    """The same, of a core."""


def train_ours(training: Training, files: Files, home: Path) -> Outcome:
    """Make a training of ours, with a model store in `home`.

    Call it in a fresh process: it sets the store of the process.
    """
    os.environ["BENTOML_HOME"] = str(home)
    for name in _SLOW_IMPORTS:
        import_module(name)
    from sentiment import store
    from sentiment.settings import RECIPES, TrainingSettings
    from sentiment.training.pipeline import train

    recipe = "large" if training.base_model == "mpnet" else "quick"
    own = {"train_size": None, "validation_size": None, "train_length": None}
    settings = TrainingSettings.parse(
        RECIPES[recipe]  # type: ignore[index]  # the two names above
        | own
        | {
            "data": str(files.train),
            "validation_file": files.validation,
            "test_file": files.test,
            "labels": LABELS,
            "base_model": training.base_model,
            "max_length": training.max_length,
            "method": "auto" if training.trainer == "sentiment" else training.trainer,
            "seed": training.draw,
            "device": "cpu",
            "export": ("none",),
            "checkpoint_dir": home / "checkpoints",
        }
    )
    started, worked = time.perf_counter(), time.process_time()
    tag = train(settings, recipe)
    seconds, core_seconds = time.perf_counter() - started, time.process_time() - worked
    model = store.find(tag)
    accuracy = _accuracy(model.folder, files.test, training.max_length)
    return Outcome(model.card.method, accuracy, seconds, core_seconds)


def _accuracy(folder: Path, test: Path, max_length: int) -> float:
    import pandas as pd

    from sentiment.inference.predictor import batched_logits
    from sentiment.inference.tokenizing import Tokenizer
    from sentiment.inference.torch_engine import TorchEngine

    rows = pd.read_csv(test)
    ids = [each.ids for each in Tokenizer(folder, max_length).encode_batch(list(rows["text"]))]
    logits = batched_logits(TorchEngine(folder, "cpu"), ids, len(LABELS))
    wanted = [LABELS.index(label) for label in rows["label"]]
    return float((logits.argmax(axis=1) == wanted).mean())
