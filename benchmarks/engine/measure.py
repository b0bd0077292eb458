"""Measures engines: texts per second at fixed lengths, and over reviews of mixed length."""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.engine.result import EAGER, FixedLength, MixedLength, Result
from benchmarks.machine import machine
from benchmarks.rate import mixed_rate, rate
from benchmarks.reviews import reviews
from sentiment import cpu
from sentiment.inference.engine import Engine
from sentiment.inference.onnx_engine import OnnxEngine
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.stored_format import StoredFormat, stored_precision
from sentiment.inference.tokenizing import Tokenizer
from sentiment.inference.torch_engine import TorchEngine
from sentiment.store import StoredModel

LENGTHS = (64, 128, 256, 512)
BATCHES = (1, 8, 32)
BUDGETS = (512, 1024, 2048, 4096)


class EagerTorchEngine(TorchEngine):
    """The reference: attention as separate operations, long the default of transformers."""

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, "cpu", threads)
        self._model.set_attn_implementation("eager")


def measure(model: StoredModel, seconds: float) -> Result:
    """Measure every engine that the model has a format for, `seconds` for each figure."""
    max_length = model.card.truncation.max_length
    ids = _encoded(model, reviews(256), max_length)
    full = {
        length: [text for text in _encoded(model, reviews(2048), length) if len(text) == length]
        for length in LENGTHS
    }
    fixed: list[FixedLength] = []
    mixed: list[MixedLength] = []
    for name, engine in engines(model.folder):
        for length, size in itertools.product(LENGTHS, BATCHES):
            fixed.append(_fixed(name, engine, full[length], size, seconds))
        for budget in BUDGETS:
            speed = mixed_rate(engine, ids, budget, seconds)
            mixed.append({"engine": name, "budget": budget, "texts_per_s": speed})
        best = max(row["texts_per_s"] for row in mixed[-len(BUDGETS) :])
        print(f"{name}: {best:.1f} texts/s", flush=True)
        del engine
    return {
        **machine(),
        "model": model.tag,
        "max_length": max_length,
        "fixed": fixed,
        "mixed": mixed,
    }


def _encoded(model: StoredModel, texts: Sequence[str], length: int) -> list[list[int]]:
    tokenizer = Tokenizer(model.folder, length, model.card.truncation.policy)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def engines(folder: Path) -> Iterator[tuple[str, Engine]]:
    """Yield each engine with its name, the reference first."""
    threads = cpu.usable_cores()
    yield EAGER, EagerTorchEngine(folder, threads)
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
    name: str, engine: Engine, texts: Sequence[Sequence[int]], size: int, seconds: float
) -> FixedLength:
    """Return the speed and latency of batches of `size` texts that are all of one length."""
    batches = itertools.cycle(
        [texts[low : low + size] for low in range(0, len(texts) - size + 1, size)]
    )

    def together() -> int:
        chosen = itertools.islice(batches, engine.streams)
        return sum(pool.map(lambda batch: len(engine.logits(batch)), chosen))

    with ThreadPoolExecutor(engine.streams) as pool:
        speed = rate(together, seconds)
    one_by_one = rate(lambda: len(engine.logits(next(batches), exclusive=True)), seconds / 2)
    return {
        "engine": name,
        "length": len(texts[0]),
        "batch": size,
        "texts_per_s": speed,
        "latency_ms": size / one_by_one * 1000,
    }
