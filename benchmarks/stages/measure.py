"""Tries each way to use the parts of a model: accuracy, edited pairs, and work."""

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.answers import figures
from benchmarks.machine import machine
from benchmarks.stages.evidence import Evidence, Reader
from benchmarks.stages.result import Result, Row, Tried
from benchmarks.stages.ways import Way, ways
from benchmarks.tradeoff.models import Named
from sentiment import data
from sentiment.behaviour.judging import judge
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import IntArray
from sentiment.settings import DataSettings
from sentiment.store import StoredModel

_TESTED = 2000


def measure(models: Sequence[Named]) -> Result:
    """Try each way with each model."""
    return {**machine(), "models": [_tried(*each) for each in models]}


def _tried(name: str, model: StoredModel) -> Tried:
    """Try each way on the model's own validation and test reviews, and on the suite's pairs."""
    stored = model.card.settings
    own = {field: stored[field] for field in DataSettings.model_fields if field in stored}
    splits = data.load(DataSettings.parse(own)).splits
    train = splits["train"][:]
    reader = Reader(model, train["text"], np.asarray(train["label"]))
    validation = splits["validation"][:]
    test = splits["test"].shuffle(seed=0).select(range(_TESTED))[:]
    found = {}
    for split, texts in (
        ("validation", validation["text"]),
        ("test", test["text"]),
        ("suite", load_suite().texts),
    ):
        print(f"{name}, {split}: {len(texts):,} texts ...", file=sys.stderr, flush=True)
        found[split] = reader.read(texts)
    tried = ways(found["validation"], np.asarray(validation["label"]))
    labels = np.asarray(test["label"])
    return {
        "name": name,
        "model": model.tag,
        "validation_texts": len(validation["text"]),
        "test_texts": len(labels),
        "pruned_ngrams": reader.pruned.count,
        "rows": [
            _row(title, way, found["test"], labels, found["suite"], model.card.labels)
            for title, way in tried.items()
        ],
    }


def _row(
    name: str, way: Way, test: Evidence, labels: IntArray, suite: Evidence, names: Sequence[str]
) -> Row:
    answered, of_suite = way(test), way(suite).rows
    return {
        "way": name,
        **figures(answered.rows, labels, of_suite, names),
        "failures": judge(load_suite(), of_suite, names).mean_failure,
        "work": float(answered.work.mean()),
    }
