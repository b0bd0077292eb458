"""Texts per second of each backend and precision, against eager torch in fp32.

No server, no queue: token ids in, logits out, on real reviews. The fastest on
reviews of mixed length at the model's own truncation is the ceiling of serving.

  python -m benchmarks.engine                     the newest model, every format it holds
  python -m benchmarks.engine --seconds 0.5       quick and rough
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import Goal, finish, goal_table, mixed_rate, rate, reviews, table
from sentiment import store
from sentiment.inference import cpu
from sentiment.inference.engine import Engine
from sentiment.inference.onnx_engine import OnnxEngine
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.stored_format import StoredFormat, stored_precision
from sentiment.inference.tokenizing import Tokenizer
from sentiment.inference.torch_engine import TorchEngine

LENGTHS = (64, 128, 256, 512)
BATCHES = (1, 8, 32)
BUDGETS = (512, 1024, 2048, 4096)
EAGER = "torch eager fp32"


def main() -> None:
    """Measure every engine that the model has a format for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tag", nargs="?", default="sentiment", help="model tag")
    parser.add_argument("--seconds", type=float, default=1, help="time for each figure")
    given = parser.parse_args()
    model = store.find(given.tag)
    cut = model.card.truncation
    ids = _encoded(model, reviews(256), cut.max_length)
    full = {
        length: [each for each in _encoded(model, reviews(2048), length) if len(each) == length]
        for length in LENGTHS
    }
    fixed, mixed = [], []
    for name, engine in engines(model.folder):
        for length, size in itertools.product(LENGTHS, BATCHES):
            figures = _fixed(engine, full[length], size, given.seconds)
            fixed.append({"engine": name, "length": length, "batch": size} | figures)
        for budget in BUDGETS:
            speed = mixed_rate(engine, ids, budget, given.seconds)
            mixed.append({"engine": name, "budget": budget, "texts_per_s": speed})
        print(f"{name}: {max(map(_speed, mixed[-len(BUDGETS) :])):.1f} texts/s", flush=True)
        del engine
    result = {"model": model.tag, "max_length": cut.max_length, "fixed": fixed, "mixed": mixed}
    finish("engine", result, tables)


def _encoded(model: store.StoredModel, texts: Sequence[str], length: int) -> list[list[int]]:
    tokenizer = Tokenizer(model.folder, length, model.card.truncation.policy)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def engines(folder: Path) -> Iterator[tuple[str, Engine]]:
    """Yield each engine with its name, the reference first."""
    threads = cpu.usable_cores()
    eager = TorchEngine(folder, "cpu", threads)
    eager._model.set_attn_implementation("eager")
    yield EAGER, eager
    del eager
    yield "torch fp32", TorchEngine(folder, "cpu", threads)
    for precision in ("fp32", "int8"):
        if (file := StoredFormat("onnx", precision).file(folder)).is_file():
            yield f"ONNX Runtime {precision}", OnnxEngine(file, precision, threads)
    for precision in ("fp32", "bf16", "int8"):
        file = StoredFormat("openvino", stored_precision(precision)).file(folder)
        if file.is_file() and (precision != "bf16" or cpu.has_bf16()):
            for streams in (1, threads):
                engine = OpenVINOEngine(file, precision, threads, streams)
                rest = engine.describe().float
                shown = precision if precision == rest else f"{precision}, rest {rest}"
                yield f"OpenVINO {shown}, {streams} stream{'s' * (streams > 1)}", engine


def _fixed(
    engine: Engine, texts: Sequence[Sequence[int]], size: int, seconds: float
) -> dict[str, float]:
    """Return texts per second with all streams busy, and a batch's time when alone."""
    batches = itertools.cycle(
        [texts[low : low + size] for low in range(0, len(texts) - size + 1, size)]
    )

    def together() -> int:
        chosen = itertools.islice(batches, engine.streams)
        return sum(pool.map(lambda batch: len(engine.logits(batch)), chosen))

    with ThreadPoolExecutor(engine.streams) as pool:
        speed = rate(together, seconds)
    alone = rate(lambda: len(engine.logits(next(batches), exclusive=True)), seconds / 2)
    return {"texts_per_s": speed, "latency_ms": size / alone * 1000}


def _speed(row: dict[str, Any]) -> float:
    return float(row["texts_per_s"])


def goals(result: dict[str, Any]) -> list[Goal]:
    """Return the goals of the engine."""
    eager = max(_speed(row) for row in result["mixed"] if row["engine"] == EAGER)
    int8 = [_speed(row) for row in result["mixed"] if "int8" in row["engine"]]
    words = "engine, int8 at its best micro-batch, against eager torch fp32"
    return [Goal(words, 7, max(int8) / eager)] if int8 else []


def tables(result: dict[str, Any]) -> str:
    """Return both tables and the goals as Markdown."""
    names = list(dict.fromkeys(row["engine"] for row in result["mixed"]))
    values = {(row["engine"], row["length"], row["batch"]): row for row in result["fixed"]}
    columns = list(itertools.product(LENGTHS, BATCHES))
    cell = "{texts_per_s:.0f} ({latency_ms:.0f})"
    fixed = table(
        ["engine", *(f"{length} x {size}" for length, size in columns)],
        [[name, *(cell.format(**values[name, *each]) for each in columns)] for name in names],
    )
    speeds = {(row["engine"], row["budget"]): _speed(row) for row in result["mixed"]}
    eager = max(speeds[EAGER, budget] for budget in BUDGETS)
    rows = [
        [
            name,
            *(f"{speeds[name, budget]:.1f}" for budget in BUDGETS),
            f"{max(speeds[name, budget] for budget in BUDGETS) / eager:.2f}",
        ]
        for name in names
    ]
    mixed = table(["engine", *BUDGETS, "best, against eager"], rows)
    return (
        f"Texts per second on reviews of mixed length, cut at {result['max_length']} tokens, by "
        f"padded tokens of a micro-batch:\n\n{mixed}\n\n"
        f"Texts per second with all streams busy, and in brackets the milliseconds of one batch "
        f"that is alone, by tokens x texts:\n\n{fixed}\n\n{goal_table(goals(result))}"
    )


if __name__ == "__main__":
    main()
