"""Texts per second of `predict.py` from a file to a file, against the engine alone.

The engine alone gets the same texts as token ids, in the best of a few budgets,
before and after, because machines drift. The command runs as a user runs it, on
a corpus and on one ten times as large, and its peaks of memory are compared.

  python -m benchmarks.scoring                    the newest model, ten minutes on two cores
  python -m benchmarks.scoring --texts 512        quick and rough
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import Goal, finish, goal_table, reviews, table
from sentiment import store
from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine
from sentiment.inference.engine_pool import MAX_TEXTS
from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings, add_flags

BUDGETS = (512, 1024, 2048, 4096)
TIMES = 10
_PEAK = """\
import runpy, sys
runpy.run_path("predict.py")["main"](sys.argv[1:])
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""


def main() -> None:
    """Measure the engine, the command, and the engine again."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tag", nargs="?", default="sentiment", help="model tag")
    parser.add_argument("--texts", type=int, default=2500, help="in the smaller corpus")
    add_flags(parser, EngineSettings)
    given = vars(parser.parse_args())
    tag, count = given.pop("tag"), given.pop("texts")
    texts = reviews(count)
    model = store.find(tag)
    predictor = Predictor.load(model, EngineSettings.parse(given))
    ids = [encoding.ids for encoding in predictor.tokenizer.encode_batch(texts)]
    engine = [engine_alone(predictor.engine, ids)]
    description = predictor.engine.describe().model_dump()
    del predictor
    runs = [command(texts * times, tag, given) for times in (1, TIMES)]
    engine.append(engine_alone(Predictor.load(model, EngineSettings.parse(given)).engine, ids))
    result = summary(engine, runs) | {"model": model.tag, "engine": description}
    finish("scoring", result, tables)


def engine_alone(engine: Engine, ids: Sequence[Sequence[int]]) -> dict[str, float]:
    """Return texts per second over token ids by the budget of a micro-batch, best first."""
    speeds = {}
    with ThreadPoolExecutor(engine.streams) as pool:
        for budget in BUDGETS:
            batches = [
                [ids[place] for place in batch]
                for batch in by_length([len(text) for text in ids], budget, MAX_TEXTS)
            ]
            list(pool.map(engine.logits, batches[:: max(1, len(batches) // 8)]))  # warm-up
            started = time.perf_counter()
            list(pool.map(engine.logits, batches))
            speeds[str(budget)] = len(ids) / (time.perf_counter() - started)
    return speeds


def command(texts: Sequence[str], tag: str, settings: dict[str, Any]) -> dict[str, float]:
    """Run `predict.py` on these texts; return its texts, seconds from start to end, and peak."""
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


def summary(engine: list[dict[str, float]], runs: list[dict[str, float]]) -> dict[str, Any]:
    """Return the measurements, and what they are to each other."""
    ceiling = sum(max(speeds.values()) for speeds in engine) / len(engine)
    few, many = runs
    steady = (many["texts"] - few["texts"]) / (many["seconds"] - few["seconds"])
    return {
        "engine_alone": engine,
        "ceiling": ceiling,
        "runs": runs,
        "of_ceiling": many["texts_per_s"] / ceiling,
        "steady_texts_per_s": steady,
        "steady_of_ceiling": steady / ceiling,
        "peak_growth": many["peak_mb"] / few["peak_mb"],
    }


def goals(result: dict[str, Any]) -> list[Goal]:
    """Return the goals of scoring."""
    return [Goal("scoring a file, against the engine alone", 0.9, result["of_ceiling"])]


def tables(result: dict[str, Any]) -> str:
    """Return the runs and the goals as Markdown."""
    rows: list[Sequence[object]] = [
        (f"the engine alone, {when}", "", f"{max(speeds.values()):.1f}", "", "")
        for when, speeds in zip(("before", "after"), result["engine_alone"], strict=True)
    ]
    rows += [
        (
            "predict.py, start included",
            f"{run['texts']:,}",
            f"{run['texts_per_s']:.1f}",
            f"{run['texts_per_s'] / result['ceiling']:.2f}",
            f"{run['peak_mb']:.0f}",
        )
        for run in result["runs"]
    ]
    steady = f"{result['steady_texts_per_s']:.1f}", f"{result['steady_of_ceiling']:.2f}"
    rows.append(("predict.py, between the two", "", *steady, ""))
    runs = table(["what", "texts", "texts/s", "of the ceiling", "peak MB"], rows)
    return f"{runs}\n\n{goal_table(goals(result))}"


if __name__ == "__main__":
    main()
