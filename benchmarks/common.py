"""What the benchmarks share: the machine, real reviews, tables, results."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.data import load
from sentiment.inference import cpu
from sentiment.settings import TrainingSettings
from sentiment.training import hardware

RESULTS = Path(__file__).parents[1] / "docs" / "benchmarks"


def reviews(count: int, seed: int = 0) -> list[str]:
    """Return `count` reviews of the packaged test split, shuffled."""
    texts = load(TrainingSettings.parse({})).splits["test"][:]["text"]
    order = np.random.default_rng(seed).permutation(len(texts))
    return [texts[place] for place in order[:count]]


def environment() -> dict[str, Any]:
    """Return what a figure depends on: machine, versions, commit, day."""
    return {
        "machine": f"{cpu.usable_cores()} cores of {cpu.name()}",
        "int8_instructions": cpu.has_int8(),
        "bf16_instructions": cpu.has_bf16(),
        "versions": hardware.versions(),
        "commit": hardware.git_commit(),
        "day": datetime.now(UTC).date().isoformat(),
    }


def rate(work: Callable[[], int], seconds: float) -> float:
    """Return units per second of `work`, which returns how many it did; once for warm-up."""
    work()
    done, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        done += work()
    return done / elapsed


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def finish(name: str, result: dict[str, Any]) -> None:
    """Print the result as one line of JSON and keep it in docs/benchmarks/."""
    complete = environment() | result
    RESULTS.mkdir(exist_ok=True)
    RESULTS.joinpath(f"{name}.json").write_text(json.dumps(complete, indent=1) + "\n")
    print(json.dumps(complete))
