"""Trains the encoder on each choice of reviews and puts the same n-grams beside it."""

import json
import multiprocessing
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers import Figures, figures
from benchmarks.doubt.choice import Places, doubted, draw, fit, logits, out_of_fold
from benchmarks.doubt.result import Choice, Result, Run
from benchmarks.doubt.training import LABELS, Split, train_encoder
from benchmarks.machine import machine
from sentiment import data
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import (
    FloatArray,
    IntArray,
    add_up,
    fit_temperature,
    fit_weights,
    probabilities,
)
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import RECIPES, DataSettings
from sentiment.training.base_models import locate

_QUICK = RECIPES["quick"]
_TESTED = 2000


@dataclass(frozen=True)
class _Asked:
    """What is asked of each model, and what the n-grams answer."""

    splits: Mapping[str, Split]
    texts: Mapping[str, Sequence[str]]
    ngrams: Mapping[str, FloatArray]
    """Calibrated probabilities for each set of `texts`, of shape (texts, labels)."""

    def labels(self, split: str) -> IntArray:
        return np.asarray(self.splits[split]["label"])

    def figures(self, answers: Mapping[str, FloatArray]) -> Figures:
        return figures(answers["test"], self.labels("test"), answers["suite"], LABELS)


def measure(draws: int) -> Result:
    """Measure so many draws of each choice of reviews.

    Validation and test reviews are the same for all: those on which the recipe quick
    validates, and the first 2,000 of the shuffled test split.
    """
    size = {"validation_size": _QUICK["validation_size"]}
    parts = data.load(DataSettings.parse(size)).splits
    test = parts["test"].shuffle(seed=0).select(range(_TESTED))
    splits = {"train": parts["train"][:], "validation": parts["validation"][:], "test": test[:]}
    tokenizer = Tokenizer(Path(locate("packaged")), _QUICK["max_length"])
    ids, labels = list(tokenizer.text_ids(splits["train"]["text"])), splits["train"]["label"]
    print(f"n-grams of {len(ids):,} reviews ...", file=sys.stderr, flush=True)
    wanted = np.asarray(labels)
    sure = out_of_fold(ids, wanted)
    half = doubted(sure, wanted)
    right = sure.argmax(axis=1) == wanted
    asked = _asked(splits, tokenizer, ids)
    pools: dict[Choice, Places] = {"at random": np.arange(len(ids)), "by doubt": half}
    return {
        **machine(),
        "train_texts": len(ids),
        "drawn_texts": _QUICK["train_size"],
        "validation_texts": len(splits["validation"]["text"]),
        "test_texts": _TESTED,
        "out_of_fold_accuracy": float(right.mean()),
        "doubted_accuracy": float(right[half].mean()),
        "ngrams": asked.figures(asked.ngrams),
        "runs": [
            _run(asked, choice, pool, number)
            for number in range(draws)
            for choice, pool in pools.items()
        ],
    }


def _asked(splits: Mapping[str, Split], tokenizer: Tokenizer, ids: Sequence[list[int]]) -> _Asked:
    """Return what is asked, with the answers of n-grams that are fitted on all reviews."""
    ngrams = fit(ids, splits["train"]["label"])
    texts = {
        "validation": splits["validation"]["text"],
        "test": splits["test"]["text"],
        "suite": load_suite().texts,
    }
    said = {name: logits(ngrams, list(tokenizer.text_ids(each))) for name, each in texts.items()}
    return _Asked(splits, texts, _calibrated(said, np.asarray(splits["validation"]["label"])))


def _calibrated(said: Mapping[str, FloatArray], labels: IntArray) -> dict[str, FloatArray]:
    """Return probabilities, with the temperature that suits the validation texts' `labels`."""
    temperature = fit_temperature(said["validation"], labels)
    return {name: probabilities(each, temperature) for name, each in said.items()}


def _run(asked: _Asked, choice: Choice, pool: Places, number: int) -> Run:
    print(f"training on reviews {choice}, draw {number} ...", file=sys.stderr, flush=True)
    places = draw(pool, asked.labels("train"), _QUICK["train_size"], number)
    train: dict[str, Any] = {
        name: [asked.splits["train"][name][place] for place in places] for name in ("text", "label")
    }
    fresh = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as home,
        ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as processes,
    ):
        trained = processes.submit(
            train_encoder, {**asked.splits, "train": train}, asked.texts, number, Path(home)
        ).result()
    labels = asked.labels("validation")
    encoder = _calibrated(trained.logits, labels)
    weights = fit_weights(encoder["validation"], asked.ngrams["validation"], labels)
    both = {name: add_up(encoder[name], asked.ngrams[name], weights) for name in asked.texts}
    done: Run = {
        "choice": choice,
        "draw": number,
        "seconds": trained.seconds,
        "encoder": asked.figures(encoder),
        "combination": asked.figures(both),
        "encoder_weight": weights[0],
        "ngrams_weight": weights[1],
    }
    print(json.dumps(done), flush=True)
    return done
