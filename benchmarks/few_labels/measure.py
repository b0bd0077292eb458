"""Trains on each draw, by Sentiment, by fine-tuning alone and by SetFit, one after the other."""

import json
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.few_labels.draws import Draw, Files, write
from benchmarks.few_labels.ours import Outcome, train_ours
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
TRAINERS = ("sentiment", "fine-tuning", "setfit")
_SCRIPT = Path(__file__).with_name("setfit_training.py")


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    sources: Sequence[str]
    rows: Sequence[int]
    draws: int
    trainers: Sequence[str]
    base_model: str
    max_length: int
    test_texts: int

    def each(self) -> Iterator[Draw]:
        """Yield the draws, all of one size and source after each other."""
        for rows, source, number in product(self.rows, self.sources, range(self.draws)):
            yield Draw(source, rows, number)


def measure(plan: Plan) -> Result:
    """Measure all draws of a plan; each training is in a process of its own."""
    python = environment(SETFIT) if "setfit" in plan.trainers else None
    result: Result = {
        **machine(),
        "base_model": plan.base_model,
        "max_length": plan.max_length,
        "test_texts": plan.test_texts,
        "setfit": versions(SETFIT, python) if python else {},
        "runs": [],
    }
    for draw in plan.each():
        with tempfile.TemporaryDirectory() as folder:
            files = write(draw, plan.test_texts, Path(folder))
            for trainer in plan.trainers:
                home = Path(folder) / trainer
                home.mkdir()
                outcome = _train(trainer, python, files, plan, draw.number, home)
                done: Run = {
                    "source": draw.source,
                    "rows": draw.rows,
                    "draw": draw.number,
                    "trainer": trainer,
                    **outcome._asdict(),  # type: ignore[typeddict-item]
                }
                result["runs"].append(done)
                print(json.dumps(done), flush=True)
    return result


def _train(
    trainer: str, python: Path | None, files: Files, plan: Plan, seed: int, home: Path
) -> Outcome:
    if python is not None and trainer == "setfit":
        encoder = locate(plan.base_model)
        arguments = [encoder, str(plan.max_length), str(seed), str(files.train), str(files.test)]
        quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        printed = run([str(python), str(_SCRIPT), *arguments], quiet)
        return Outcome(method="contrastive", **json.loads(printed.splitlines()[-1]))
    method = "auto" if trainer == "sentiment" else trainer
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as processes:
        return processes.submit(
            train_ours, files, plan.base_model, plan.max_length, method, seed, home
        ).result()
