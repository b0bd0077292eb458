"""Training by Sentiment on a draw, in a process of its own."""

import os
from pathlib import Path
from typing import NamedTuple

from benchmarks.few_labels.draws import LABELS, Files


class Outcome(NamedTuple):
    """What came of a training."""

    method: str
    accuracy: float
    seconds: float


def train_ours(
    files: Files, base_model: str, max_length: int, method: str, seed: int, home: Path
) -> Outcome:
    """Train by `method`, `auto` to compare, with a model store in `home`.

    Call it in a fresh process: it sets the store of the process.
    """
    os.environ["BENTOML_HOME"] = str(home)
    from sentiment import store
    from sentiment.settings import RECIPES, TrainingSettings
    from sentiment.training.pipeline import train

    recipe = "large" if base_model == "mpnet" else "quick"
    own = {"train_size": None, "validation_size": None, "train_length": None}
    settings = TrainingSettings.parse(
        RECIPES[recipe]  # type: ignore[index]  # the two names above
        | own
        | {
            "data": str(files.train),
            "validation_file": files.validation,
            "test_file": files.test,
            "labels": LABELS,
            "base_model": base_model,
            "max_length": max_length,
            "method": method,
            "seed": seed,
            "device": "cpu",
            "export": ("none",),
            "checkpoint_dir": home / "checkpoints",
        }
    )
    model = store.find(train(settings, recipe))
    accuracy = _accuracy(model.folder, files.test, max_length)
    return Outcome(model.card.method, accuracy, model.card.duration_s)


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
