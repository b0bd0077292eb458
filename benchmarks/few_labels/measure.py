"""Trains on each draw, by Sentiment, by fine-tuning alone and by SetFit, one after the other."""

import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.few_labels.draws import write
from benchmarks.few_labels.ours import Outcome, train_ours
from benchmarks.few_labels.plan import Plan, Training
from benchmarks.few_labels.result import Result, Run
from benchmarks.machine import machine
from benchmarks.peers.environment import environment, run, versions
from benchmarks.peers.peer import Peer
from sentiment.training.base_models import locate

SETFIT = Peer(
    name="setfit",
    title="SetFit",
    short="SetFit",
    packages=("setfit", "sentence-transformers", "transformers", "torch"),
    start=(),
)
_SCRIPT = Path(__file__).with_name("setfit_training.py")

Train = Callable[[Training], Outcome]
"""Makes a training; tests have one that is done at once."""


def begin(kept: Result | None) -> Result:
    """Return a result with the runs that are kept, on this machine."""
    return {
        **machine(),
        "setfit": kept["setfit"] if kept else {},
        "runs": kept["runs"] if kept else [],
    }


def measure(
    plan: Plan, result: Result, keep: Callable[[Result], object], train: Train | None = None
) -> None:
    """Add to a result the runs of a plan that are not in it, and `keep` it after each."""
    missing = [training for training in plan.each() if not training.made(result["runs"])]
    if any(training.trainer == "setfit" for training in missing) and train is None:
        result["setfit"] = versions(SETFIT, environment(SETFIT))
    for training in missing:
        done: Run = {
            **asdict(training),  # type: ignore[typeddict-item]
            **(train or _train)(training)._asdict(),
            "commit": result["commit"],
        }
        result["runs"].append(done)
        keep(result)
        print(json.dumps(done), flush=True)


def _train(training: Training) -> Outcome:
    """Train in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = write(training.drawn, training.test_texts, home)
        if training.trainer == "setfit":
            encoder, length = locate(training.base_model), str(training.max_length)
            arguments = [encoder, length, str(training.draw), str(files.train), str(files.test)]
            quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
            printed = run([str(environment(SETFIT)), str(_SCRIPT), *arguments], quiet)
            return Outcome(method="contrastive", **json.loads(printed.splitlines()[-1]))
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as processes:
            return processes.submit(train_ours, training, files, home).result()
