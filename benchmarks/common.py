"""What the benchmarks share: the machine, real reviews, tables, results."""

import json
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sentiment.atomic_files import write_atomically
from sentiment.data import load
from sentiment.inference import cpu
from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine
from sentiment.inference.engine_pool import MAX_TEXTS
from sentiment.settings import TrainingSettings
from sentiment.training import hardware

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
RESULTS = DOCS / "benchmarks"


class Goal(NamedTuple):
    """A figure that was asked for, and what was found."""

    words: str
    asked: float
    found: float
    at_most: bool = False
    """Whether smaller is better."""

    @property
    def met(self) -> bool:
        return self.found <= self.asked if self.at_most else self.found >= self.asked


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


def mixed_rate(
    engine: Engine, texts: Sequence[Sequence[int]], budget: int, seconds: float
) -> float:
    """Return texts per second over real lengths, in micro-batches of `budget` padded tokens."""
    batches = [
        [texts[place] for place in batch]
        for batch in by_length([len(text) for text in texts], budget, MAX_TEXTS)
    ]

    def run() -> int:
        return sum(pool.map(lambda batch: len(engine.logits(batch)), batches))

    with ThreadPoolExecutor(engine.streams) as pool:
        return rate(run, seconds)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def goal_table(goals: Sequence[Goal]) -> str:
    """Return the goals as a Markdown table."""
    rows = [
        [
            goal.words,
            f"at {'most' if goal.at_most else 'least'} {goal.asked:g}",
            f"{goal.found:.3g}",
            "met" if goal.met else "missed",
        ]
        for goal in goals
    ]
    return table(["goal", "asked", "found", ""], rows)


def finish(name: str, result: dict[str, Any], tables: Callable[[dict[str, Any]], str]) -> None:
    """Print the tables and the result as one line of JSON; keep both in docs/."""
    complete = environment() | result
    shown = section(complete, tables)
    RESULTS.mkdir(exist_ok=True)
    write_atomically(RESULTS / f"{name}.json", json.dumps(complete, indent=1) + "\n")
    write_atomically(PAGE, replaced(PAGE.read_text(encoding="utf-8"), name, shown))
    print(f"\n{shown}\n\n{json.dumps(complete)}")


def section(complete: dict[str, Any], tables: Callable[[dict[str, Any]], str]) -> str:
    """Return what stands in docs/benchmarks.md of a result: where it was measured, its tables."""
    versions = ", ".join(f"{name} {version}" for name, version in complete["versions"].items())
    has = [name for name in ("int8", "bf16") if complete[f"{name}_instructions"]]
    return (
        f"{complete['day']}, {complete['machine']}, instructions for {' and '.join(has) or 'fp32'}"
        f"; commit {(complete['commit'] or 'unknown')[:12]}; {versions}.\n\n{tables(complete)}"
    )


def replaced(page: str, name: str, content: str) -> str:
    """Return the page with what stands between the marks of `name` made anew."""
    marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(marks, lambda match: f"{match[1]}{content}\n{match[2]}", page, flags=re.DOTALL)
