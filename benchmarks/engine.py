"""Texts per second of each backend and precision, against eager torch in fp32.

No server, no queue: token ids in, logits out, on real reviews. The fastest on
reviews of mixed length at the model's own truncation is the ceiling of serving.

  python -m benchmarks.engine                     the newest model, every format it holds
  python -m benchmarks.engine --seconds 0.5       quick and rough
"""

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.common import finish, rate, reviews, table
from sentiment import store
from sentiment.inference import cpu
from sentiment.inference.backends import format_file
from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine
from sentiment.inference.onnx_engine import OnnxEngine
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.inference.torch_engine import TorchEngine

LENGTHS = (64, 128, 256, 512)
BATCHES = (1, 8, 32)
BUDGETS = (256, 512, 1024, 2048, 4096)


def main() -> None:
    """Measure every engine that the model has a format for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tag", nargs="?", default="sentiment", help="model tag")
    parser.add_argument("--seconds", type=float, default=2, help="time for each figure")
    given = parser.parse_args()
    model = store.find(given.tag)
    texts = reviews(512)
    tokenizers = {
        length: Tokenizer(model.folder, length, model.card.truncation.policy)
        for length in {*LENGTHS, model.card.truncation.max_length}
    }
    ids = {
        length: [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        for length, tokenizer in tokenizers.items()
    }
    fixed, mixed = [], []
    for name, engine in engines(model.folder):
        for length, size in itertools.product(LENGTHS, BATCHES):
            full = [each for each in ids[length] if len(each) == length]
            fixed.append({"engine": name, "length": length, "batch": size})
            fixed[-1] |= _fixed(engine, full, size, given.seconds)
        for budget in BUDGETS:
            speed = _mixed(engine, ids[model.card.truncation.max_length], budget, given.seconds)
            mixed.append({"engine": name, "budget": budget, "texts_per_s": speed})
        print(f"{name}: {max(row['texts_per_s'] for row in mixed if row['engine'] == name):.1f}")
        del engine
    _show(fixed, mixed)
    best = max(mixed, key=lambda row: row["texts_per_s"])
    finish(
        "engine",
        {
            "model": model.tag,
            "max_length": model.card.truncation.max_length,
            "fixed": fixed,
            "mixed": mixed,
            "ceiling": best,
        },
    )


def engines(folder: Any) -> Iterator[tuple[str, Engine]]:
    """Yield each engine with its name, the reference first."""
    threads = cpu.usable_cores()
    eager = TorchEngine(folder, "cpu", threads)
    eager._model.set_attn_implementation("eager")
    yield "torch eager fp32", eager
    yield "torch fp32", TorchEngine(folder, "cpu", threads)
    for precision in ("fp32", "int8"):
        if (file := format_file(folder, "onnx", precision)).is_file():
            yield f"onnxruntime {precision}", OnnxEngine(file, precision, threads)
        if (file := format_file(folder, "openvino", precision)).is_file():
            yield f"openvino {precision}, 1 stream", OpenVINOEngine(file, precision, threads, 1)
            yield (
                f"openvino {precision}, {threads} streams",
                OpenVINOEngine(file, precision, threads, threads),
            )


def _fixed(
    engine: Engine, texts: Sequence[Sequence[int]], size: int, seconds: float
) -> dict[str, float]:
    """Return texts per second with all streams busy, and a batch's time when alone."""
    batches = itertools.cycle(
        [texts[low : low + size] for low in range(0, len(texts) - size + 1, size)]
    )

    def together() -> int:
        return sum(
            pool.map(
                lambda batch: len(engine.logits(batch)), itertools.islice(batches, engine.streams)
            )
        )

    with ThreadPoolExecutor(engine.streams) as pool:
        speed = rate(together, seconds)
    started = time.perf_counter()
    for batch in itertools.islice(batches, 8):
        engine.logits(batch, alone=True)
    return {"texts_per_s": speed, "latency_ms": (time.perf_counter() - started) / 8 * 1000}


def _mixed(engine: Engine, texts: Sequence[Sequence[int]], budget: int, seconds: float) -> float:
    """Return texts per second over real lengths, in micro-batches of `budget` padded tokens."""
    batches = list(by_length([len(text) for text in texts], budget, 64))

    def run() -> int:
        chosen = ([texts[place] for place in batch] for batch in batches)
        return sum(pool.map(lambda batch: len(engine.logits(batch)), chosen))

    with ThreadPoolExecutor(engine.streams) as pool:
        return rate(run, seconds)


def _show(fixed: list[dict[str, Any]], mixed: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(row["engine"] for row in fixed))
    columns = list(itertools.product(LENGTHS, BATCHES))
    values = {(row["engine"], row["length"], row["batch"]): row for row in fixed}
    print("\ntexts per second (ms a batch alone), by tokens x texts\n")
    print(
        table(
            ["engine", *(f"{length}x{size}" for length, size in columns)],
            [
                [name]
                + [
                    "{texts_per_s:.0f} ({latency_ms:.0f})".format(**values[name, *column])
                    for column in columns
                ]
                for name in names
            ],
        )
    )
    speeds = {(row["engine"], row["budget"]): row["texts_per_s"] for row in mixed}
    print("\ntexts per second on mixed lengths, by padded tokens of a micro-batch\n")
    print(
        table(
            ["engine", *BUDGETS],
            [[name, *(f"{speeds[name, budget]:.1f}" for budget in BUDGETS)] for name in names],
        )
    )
    print()


if __name__ == "__main__":
    main()
