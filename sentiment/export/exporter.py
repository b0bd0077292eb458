"""Exports a model folder: make each format, check its parity, keep it or tell why not."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment import cpu
from sentiment.calibration import FloatArray
from sentiment.export import convert, parity, quantization
from sentiment.export.quantization import QuantizationMethod
from sentiment.export.samples import ExportSamples
from sentiment.inference import golden
from sentiment.inference.engine import Engine
from sentiment.inference.stored_format import StoredFormat
from sentiment.schema import Export, Parity

PARITY_TEXTS = 1000
"""At most so many validation texts are compared."""

_STEP = 50  # texts after which parity is looked at again
_FEW = 100  # texts of which parity tells little

_ONNX, _OPENVINO = StoredFormat("onnx", "fp32"), StoredFormat("openvino", "fp32")
_OPENVINO_INT8 = StoredFormat("openvino", "int8")


def export(
    folder: Path,
    formats: Sequence[str],
    samples: ExportSamples,
    print_line: Callable[[str], object] = print,
) -> list[Export]:
    """Add its golden set and the formats that pass to a model's folder; return what was tried.

    `auto` makes what a server on this CPU chooses by default, and nothing else: int8
    where the CPU has instructions for it, bf16 is not as fast, and it passes; else fp32,
    which is computed in bf16 where the CPU has that.
    """
    tried: list[Export] = []

    def attempt(
        stored: StoredFormat, int8: Sequence[QuantizationMethod] = quantization.INT8_METHODS
    ) -> bool:
        for result in exporter.attempts(stored, int8):
            tried.append(result)
            print_line(_line(result, _all_texts(samples)))
        return any(result.kept and result.format == stored.name for result in tried)

    with tempfile.TemporaryDirectory() as scratch:
        exporter = _Exporter(folder, Path(scratch), samples)
        exporter.write_golden_set()
        int8_pays = cpu.has_int8() and not cpu.has_bf16_tiles()
        if "auto" in formats and not (int8_pays and attempt(_OPENVINO_INT8, _methods_that_pay())):
            attempt(_OPENVINO)
        for name in dict.fromkeys(formats):
            if name not in ("auto", "none"):
                attempt(StoredFormat.parse(name))
    return tried


def _methods_that_pay() -> list[QuantizationMethod]:
    """Return the ways to int8 that are faster than what else a CPU with such instructions has.

    Its sums do not overflow, so weights need all their bits. With int8 weights alone it
    computes in floating point, and in bf16 that goes by itself.
    """
    return [
        method
        for method in quantization.INT8_METHODS
        if not method.overflow_fix and not (method.weights_only and cpu.has_bf16())
    ]


def _all_texts(samples: ExportSamples) -> int:
    return min(len(samples.ids), PARITY_TEXTS)


@dataclass(frozen=True)
class _Method:
    """One way to make a format; the first way that passes is kept."""

    name: str
    """Empty where there is no other way."""
    make: Callable[[Path], object]
    """Writes the format to the file that it is given."""


class _Exporter:
    """Makes formats in a scratch folder and copies those that pass beside the model.

    torch in fp32 computes the golden set alone, because it is slow. What is converted
    to fp32 has to agree with it there but for rounding, and is then what int8 is
    compared with, on more texts.
    """

    def __init__(self, folder: Path, scratch: Path, samples: ExportSamples) -> None:
        self._folder = folder
        self._scratch = scratch
        self._samples = samples
        self._texts = _all_texts(samples)
        self._golden = golden.pick([len(ids) for ids in samples.ids[: self._texts]])
        self._torch: FloatArray = np.empty((0, samples.label_count))
        self._references: dict[str, _LazyAnswers] = {}

    def write_golden_set(self) -> None:
        """Compute texts of all lengths with torch and put them beside the model."""
        from sentiment.inference.torch_engine import TorchEngine

        engine = TorchEngine(self._folder, "cpu", cpu.default_threads())
        self._torch = self._samples.probabilities(engine, self._golden)
        texts = [self._samples.texts[place] for place in self._golden]
        golden.GoldenSet(texts, self._torch).write(self._folder)

    def attempts(
        self, stored: StoredFormat, int8: Sequence[QuantizationMethod]
    ) -> Iterator[Export]:
        """Yield what became of a format: of each way to it, until one passes.

        `int8` are the ways from OpenVINO in fp32 to int8.

        A failure of an exporter is a result, not an end.
        """
        try:
            self._fp32(stored.kind)
        except Exception as error:
            yield _failed(stored, "", error)
            return
        for method in self._methods(stored, int8):
            result = self._attempt(stored, method)
            if result.kept:
                shutil.copytree(
                    self._scratch / stored.name, self._folder / stored.name, dirs_exist_ok=True
                )
            yield result
            if result.kept:
                return

    def _fp32(self, kind: str) -> Path:
        """Return the file of a kind of format in fp32, made now unless it is there."""
        file = StoredFormat(kind, "fp32").file(self._scratch)
        if not file.is_file():
            file.parent.mkdir()
            if kind == _ONNX.kind:
                convert.to_onnx(self._folder, file)
            else:
                convert.to_openvino(self._fp32(_ONNX.kind), file)
        return file

    def _methods(self, stored: StoredFormat, int8: Sequence[QuantizationMethod]) -> list[_Method]:
        source, texts = self._fp32(stored.kind), self._samples.quantization_ids
        if stored.precision == "fp32":
            return [_Method("", lambda _: source)]
        if stored.kind == _ONNX.kind:
            return [_Method("dynamic", lambda file: quantization.to_onnx_int8(source, file))]
        return [
            _Method(
                method.name,
                lambda file, method=method: quantization.to_openvino_int8(  # type: ignore[misc]
                    source, file, texts, method
                ),
            )
            for method in int8
        ]

    def _attempt(self, stored: StoredFormat, method: _Method) -> Export:
        """Make a format and compare its answers."""
        file = stored.file(self._scratch)
        file.parent.mkdir(exist_ok=True)
        try:
            method.make(file)
            engine = self._open(stored)
            if stored.precision == "fp32":
                result = self._compare_with_torch(engine)
            else:
                result = self._compare_with_fp32(engine, stored.kind)
        except Exception as error:
            return _failed(stored, method.name, error)
        problem = "; ".join(parity.failures(result))
        return Export(
            format=stored.name,
            kept=not problem,
            method=method.name,
            parity=result,
            problem=problem,
        )

    def _compare_with_torch(self, engine: Engine) -> Parity:
        rows = self._samples.probabilities(engine, self._golden)
        return parity.compare(self._torch, rows, np.asarray(self._samples.labels)[self._golden])

    def _compare_with_fp32(self, engine: Engine, kind: str) -> Parity:
        """Compare on as many validation texts as it takes to be certain, or on all of them."""
        reference, answers = self._reference(kind), _LazyAnswers(self._samples, engine)
        size = 0
        while True:
            size = min(size + _STEP, self._texts)
            labels = np.asarray(self._samples.labels)[:size]
            compared = reference.first(size), answers.first(size), labels
            if size == self._texts or parity.is_certain(*compared):
                return parity.compare(*compared)

    def _reference(self, kind: str) -> "_LazyAnswers":
        """Return the answers of a kind of format in fp32; raise where they are not torch's."""
        if kind not in self._references:
            engine = self._open(StoredFormat(kind, "fp32"))
            problems = parity.failures(self._compare_with_torch(engine))
            if problems:
                raise ValueError(f"{kind}-fp32, its source, fails: {'; '.join(problems)}")
            self._references[kind] = _LazyAnswers(self._samples, engine)
        return self._references[kind]

    def _open(self, stored: StoredFormat) -> Engine:
        file, threads = stored.file(self._scratch), cpu.default_threads()
        if stored.kind == _OPENVINO.kind:
            from sentiment.inference.openvino_engine import OpenVINOEngine

            longest = max(map(len, self._samples.ids))
            return OpenVINOEngine(file, stored.precision, threads, max_length=longest)
        from sentiment.inference.onnx_engine import OnnxEngine

        return OnnxEngine(file, stored.precision, threads)


class _LazyAnswers:
    """An engine's probabilities of the first texts, each computed once and only if needed."""

    def __init__(self, samples: ExportSamples, engine: Engine) -> None:
        self._samples = samples
        self._engine = engine
        self._rows: FloatArray = np.empty((0, samples.label_count))

    def first(self, size: int) -> FloatArray:
        """Return the rows of the first `size` texts."""
        if len(self._rows) < size:
            more = self._samples.probabilities(self._engine, range(len(self._rows), size))
            self._rows = np.concatenate([self._rows, more])
        return self._rows[:size]


def _failed(stored: StoredFormat, method: str, error: Exception) -> Export:
    first_line = (str(error).strip().splitlines() or [""])[0]
    problem = f"{type(error).__name__}: {first_line[:200]}"
    return Export(format=stored.name, kept=False, method=method, parity=None, problem=problem)


def _line(result: Export, texts: int) -> str:
    name = f"{result.format} ({result.method})" if result.method else result.format
    if result.parity is None or result.problem:
        return f"export {name}: left out: {result.problem}"
    compared = result.parity.texts
    little = ", all there are and too few to be sure" if compared == texts < _FEW else ""
    return (
        f"export {name}: kept: accuracy {result.parity.accuracy:.4f} of "
        f"{result.parity.reference_accuracy:.4f}, mean difference "
        f"{result.parity.mean_difference:.5f}, agreement {result.parity.agreement:.4f} on "
        f"{compared:,} texts{little}"
    )
