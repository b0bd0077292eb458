"""Tries each way to use the parts of a model: accuracy, edited pairs, and work."""

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.answers import figures
from benchmarks.machine import machine
from benchmarks.stages.evidence import Evidence, Reader
from benchmarks.stages.result import Result, Row
from benchmarks.stages.ways import Way, ways
from sentiment import data
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import IntArray
from sentiment.settings import DataSettings
from sentiment.store import StoredModel

_TESTED = 2000


def measure(model: StoredModel) -> Result:
    """Try each way on the model's own validation and test reviews, and on the suite's pairs."""
    stored = model.card.settings
    own = {name: stored[name] for name in DataSettings.model_fields if name in stored}
    splits = data.load(DataSettings.parse(own)).splits
    train = splits["train"][:]
    reader = Reader(model, train["text"], np.asarray(train["label"]))
    validation = splits["validation"][:]
    test = splits["test"].shuffle(seed=0).select(range(_TESTED))[:]
    found = {}
    for name, texts in (
        ("validation", validation["text"]),
        ("test", test["text"]),
        ("suite", load_suite().texts),
    ):
        print(f"{name}: {len(texts):,} texts ...", file=sys.stderr, flush=True)
        found[name] = reader.read(texts)
    tried = ways(found["validation"], np.asarray(validation["label"]))
    labels = np.asarray(test["label"])
    return {
        **machine(),
        "model": model.tag,
        "recipe": model.card.recipe,
        "validation_texts": len(validation["text"]),
        "test_texts": len(labels),
        "pruned_ngrams": reader.pruned.count,
        "rows": [
            _row(name, way, found["test"], labels, found["suite"], model.card.labels)
            for name, way in tried.items()
        ],
    }


def _row(
    name: str, way: Way, test: Evidence, labels: IntArray, suite: Evidence, names: Sequence[str]
) -> Row:
    answered = way(test)
    return {
        "way": name,
        **figures(answered.rows, labels, way(suite).rows, names),
        "work": float(answered.work.mean()),
    }
