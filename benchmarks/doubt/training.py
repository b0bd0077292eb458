"""Training of the recipe quick on chosen reviews, in a process of its own."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sentiment.calibration import FloatArray

LABELS = ("negative", "positive")

Split = Mapping[str, Any]
"""Columns `text` and `label`, the latter with indices of `LABELS`."""


class Trained(NamedTuple):
    """What came of a training."""

    seconds: float
    logits: dict[str, FloatArray]
    """Of each set of texts, of shape (texts, labels)."""


def train_encoder(
    splits: Mapping[str, Split], asked: Mapping[str, Sequence[str]], seed: int, home: Path
) -> Trained:
    """Train without n-grams on `train`, `validation` and `test` of `splits`; answer `asked`.

    The model store and all files are in `home`. Call it in a fresh process: it sets the
    store of the process.
    """
    os.environ["BENTOML_HOME"] = str(home / "store")
    from sentiment import store
    from sentiment.inference.predictor import Predictor
    from sentiment.settings import RECIPES, TrainingSettings
    from sentiment.training.pipeline import train

    files = {name: _write(home / f"{name}.csv", split) for name, split in splits.items()}
    settings = TrainingSettings.parse(
        RECIPES["quick"]
        | {
            "data": str(files["train"]),
            "validation_file": files["validation"],
            "test_file": files["test"],
            "labels": LABELS,
            "ngrams": "off",
            "seed": seed,
            "checkpoint_dir": home / "checkpoints",
        }
    )
    model = store.find(train(settings, "quick"))
    predictor = Predictor.load(model)
    return Trained(
        model.card.duration_s,
        {
            name: predictor.logits(predictor.tokenizer.encode_batch(texts))
            for name, texts in asked.items()
        },
    )


def _write(file: Path, split: Split) -> Path:
    with file.open("w", newline="", encoding="utf-8") as opened:
        rows = zip(split["text"], (LABELS[label] for label in split["label"]), strict=True)
        csv.writer(opened).writerows([("text", "label"), *rows])
    return file
