"""Measures `predict.py` as a user runs it, and the engine by itself before and after."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.rate import pool
from benchmarks.reviews import reviews
from benchmarks.scoring.result import Result, Run, Summary
from sentiment import store
from sentiment.inference.engine import Engine
from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings

BUDGETS = (512, 1024, 2048, 4096)
TIMES = 10
_WARM_UP_SHARE = 10  # a tenth of the texts is computed first: it has the common shapes
_PEAK = """\
import runpy, sys
runpy.run_path("predict.py")["main"](sys.argv[1:])
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""


def measure(tag: str, count: int, settings: Mapping[str, Any]) -> Result:
    """Return the figures for `count` texts and for ten times as many, under these settings."""
    texts = reviews(count)
    model = store.find(tag)
    predictor = Predictor.load(model, EngineSettings.parse(settings))
    ids = [encoding.ids for encoding in predictor.tokenizer.encode_batch(texts)]
    engine = [engine_texts_per_s(predictor.engine, ids)]
    description = predictor.engine.describe().model_dump()
    del predictor  # frees its memory and threads, so that the command has the machine to itself
    runs = [predict(texts * times, tag, settings) for times in (1, TIMES)]
    again = Predictor.load(model, EngineSettings.parse(settings)).engine
    engine.append(engine_texts_per_s(again, ids))
    return {**machine(), **summary(engine, runs), "model": model.tag, "engine": description}


def engine_texts_per_s(engine: Engine, ids: Sequence[Sequence[int]]) -> dict[str, float]:
    """Return texts per second from token ids, by the budget of a micro-batch in padded tokens."""
    speeds = {}
    for budget in BUDGETS:
        with pool(engine, budget, ids) as running:
            running.submit(ids[: len(ids) // _WARM_UP_SHARE]).logits()
            started = time.perf_counter()
            running.submit(ids).logits()
            speeds[str(budget)] = len(ids) / (time.perf_counter() - started)
    return speeds


def predict(texts: Sequence[str], tag: str, settings: Mapping[str, Any]) -> Run:
    """Run `predict.py` on a file of these texts; return its figures.

    Raises `RuntimeError` unless it wrote a score for each text.
    """
    flags = [f"--{name}={value}" for name, value in settings.items()]
    with tempfile.TemporaryDirectory() as scratch:
        source, output = Path(scratch) / "reviews.jsonl", Path(scratch) / "scores.jsonl"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps({'text': text})}\n" for text in texts)
        started = time.perf_counter()
        ended = subprocess.run(
            [
                *(sys.executable, "-c", _PEAK, str(source)),
                *("--output", str(output), "--model", tag, *flags),
            ],
            env=os.environ | {"PYTHONPATH": os.getcwd()},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - started
        with output.open() as scores:
            written = sum('"confidence"' in row for row in scores)
    if written != len(texts):
        raise RuntimeError(f"{written} scores for {len(texts)} texts")
    return {
        "texts": written,
        "seconds": seconds,
        "texts_per_s": written / seconds,
        "peak_mb": int(ended.stdout.split()[-1]) / 1000,
    }


def summary(engine: list[dict[str, float]], runs: list[Run]) -> Summary:
    """Return the measurements and their ratios."""
    ceiling = sum(max(speeds.values()) for speeds in engine) / len(engine)
    few, many = runs
    steady = (many["texts"] - few["texts"]) / (many["seconds"] - few["seconds"])
    return {
        "engine_texts_per_s": engine,
        "ceiling": ceiling,
        "runs": runs,
        "of_ceiling": many["texts_per_s"] / ceiling,
        "steady_texts_per_s": steady,
        "steady_of_ceiling": steady / ceiling,
        "peak_growth": many["peak_mb"] / few["peak_mb"],
    }
