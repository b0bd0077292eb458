"""Exports a model folder: make each format, check its parity, keep it or say why not."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.calibration import FloatArray
from sentiment.export import convert, parity, quantization
from sentiment.export.quantization import INT8_METHODS
from sentiment.export.samples import ExportSamples
from sentiment.inference import cpu, golden
from sentiment.inference.engine import Engine
from sentiment.inference.stored_format import StoredFormat
from sentiment.schema import Export, Parity

PARITY_TEXTS = 1000
_FEWEST_TEXTS = 50  # with fewer, parity is not judged before all texts are computed

_ONNX, _ONNX_INT8 = StoredFormat("onnx", "fp32"), StoredFormat("onnx", "int8")
_OPENVINO, _OPENVINO_INT8 = StoredFormat("openvino", "fp32"), StoredFormat("openvino", "int8")


@dataclass(frozen=True)
class _Candidate:
    """One way to make a format, from another one if need be; the first that passes is kept."""

    format: StoredFormat
    make: Callable[[Path], object]
    """Writes the format to a given file."""
    source: StoredFormat | None = None
    method: str = ""


def export(
    folder: Path,
    formats: Sequence[str],
    samples: ExportSamples,
    print_line: Callable[[str], object] = print,
) -> list[Export]:
    """Add the golden set and the formats that pass to a model's folder; return all attempts."""
    from sentiment.inference.torch_engine import TorchEngine

    places = list(range(min(len(samples.ids), PARITY_TEXTS)))
    reference = samples.probabilities(TorchEngine(folder, "cpu", cpu.usable_cores()), places)
    _write_golden_set(folder, samples, reference)
    if set(formats) <= {"none"}:
        return []
    tried = []
    with tempfile.TemporaryDirectory() as scratch:
        exporter = _Exporter(folder, Path(scratch), samples, reference)
        for result in exporter.exports([StoredFormat.parse(name) for name in formats]):
            tried.append(result)
            print_line(_line(result))
    return tried


def _write_golden_set(folder: Path, samples: ExportSamples, reference: FloatArray) -> None:
    chosen = golden.pick([len(ids) for ids in samples.ids[: len(reference)]])
    texts = [samples.texts[place] for place in chosen]
    golden.GoldenSet(texts, reference[chosen]).write(folder)


class _Exporter:
    """Makes formats in a scratch folder and copies those that pass into the model's folder."""

    def __init__(
        self, folder: Path, scratch: Path, samples: ExportSamples, reference: FloatArray
    ) -> None:
        self._folder = folder
        self._scratch = scratch
        self._samples = samples
        self._reference = reference

    def exports(self, formats: Sequence[StoredFormat]) -> Iterator[Export]:
        """Yield the result of each format, and of each way to int8 until one passes.

        A format that is not asked for may be the source of one that is. Then it is made
        but not reported, unless it cannot be made.
        """
        kept: set[StoredFormat] = set()
        for candidate in self._candidates(formats):
            source = candidate.source
            if candidate.format in kept or (source and not source.file(self._scratch).is_file()):
                continue
            asked_for = candidate.format in formats
            result = self._attempt(candidate, measured=asked_for)
            if result.kept and asked_for:
                kept.add(candidate.format)
                name = candidate.format.name
                shutil.copytree(self._scratch / name, self._folder / name, dirs_exist_ok=True)
            if asked_for or result.problem:
                yield result

    def _candidates(self, formats: Sequence[StoredFormat]) -> Iterator[_Candidate]:
        """Yield the ways to make formats and their sources, sources first."""
        onnx, openvino = _ONNX.file(self._scratch), _OPENVINO.file(self._scratch)
        yield _Candidate(_ONNX, lambda file: convert.to_onnx(self._folder, file))
        if _ONNX_INT8 in formats:
            yield _Candidate(
                _ONNX_INT8, lambda file: quantization.to_onnx_int8(onnx, file), _ONNX, "dynamic"
            )
        if _OPENVINO in formats or _OPENVINO_INT8 in formats:
            yield _Candidate(_OPENVINO, lambda file: convert.to_openvino(onnx, file), _ONNX)
        if _OPENVINO_INT8 in formats:
            texts = self._samples.quantization_ids
            for method in INT8_METHODS:
                yield _Candidate(
                    _OPENVINO_INT8,
                    lambda file, method=method: quantization.to_openvino_int8(  # type: ignore[misc]
                        openvino, file, texts, method
                    ),
                    _OPENVINO,
                    method.name,
                )

    def _attempt(self, candidate: _Candidate, measured: bool) -> Export:
        """Make a format and measure it; an exporter's error is returned in the result."""
        name, method = candidate.format.name, candidate.method
        file = candidate.format.file(self._scratch)
        file.parent.mkdir(exist_ok=True)
        try:
            candidate.make(file)
            if not measured:
                return Export(format=name, kept=False, method=method, parity=None, problem="")
            engine = _open(candidate.format, file, max(map(len, self._samples.ids)))
            measurement = self._compare(engine)
        except Exception as error:
            problem = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
            return Export(format=name, kept=False, method=method, parity=None, problem=problem)
        problem = "; ".join(parity.failures(measurement))
        return Export(
            format=name, kept=not problem, method=method, parity=measurement, problem=problem
        )

    def _compare(self, engine: Engine) -> Parity:
        """Return the parity on all validation texts, or on the first fifth if that is far off."""
        labels = np.asarray(self._samples.labels)
        total = len(self._reference)
        for size in (total // 5, total):
            if size < min(_FEWEST_TEXTS, total):
                continue
            rows = self._samples.probabilities(engine, range(size))
            measurement = parity.compare(self._reference[:size], rows, labels[:size])
            if measurement.mean_difference > 1.5 * parity.MAX_MEAN_DIFFERENCE:
                break
        return measurement


def _open(stored: StoredFormat, file: Path, max_length: int) -> Engine:
    threads = cpu.usable_cores()
    if stored.kind == "openvino":
        from sentiment.inference.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(file, stored.precision, threads, max_length=max_length)
    from sentiment.inference.onnx_engine import OnnxEngine

    return OnnxEngine(file, stored.precision, threads)


def _line(result: Export) -> str:
    name = f"{result.format} ({result.method})" if result.method else result.format
    if result.parity is None:
        return f"export {name}: left out: {result.problem}"
    figures = (
        f"accuracy {result.parity.accuracy:.4f} of {result.parity.reference_accuracy:.4f}, "
        f"mean difference {result.parity.mean_difference:.5f}, "
        f"agreement {result.parity.agreement:.4f} on {result.parity.texts:,} texts"
    )
    verdict = f"left out: {result.problem}" if result.problem else f"kept: {figures}"
    return f"export {name}: {verdict}"
