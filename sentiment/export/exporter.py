"""Exports a model folder: make each format, check its parity, keep it or say why not."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from sentiment.calibration import FloatArray
from sentiment.export import convert, parity
from sentiment.export.convert import INT8_METHODS
from sentiment.export.samples import Samples
from sentiment.inference import cpu, golden
from sentiment.inference.backends import format_file
from sentiment.inference.engine import Engine
from sentiment.schema import Export, Parity

PARITY_TEXTS = 1000


def export(
    folder: Path, formats: Sequence[str], samples: Samples, say: Callable[[str], object] = print
) -> list[Export]:
    """Add its golden set and the formats that pass to a model's folder; return what was tried."""
    from sentiment.inference.torch_engine import TorchEngine

    places = list(range(min(len(samples.ids), PARITY_TEXTS)))
    engine = TorchEngine(folder, "cpu", cpu.usable_cores())
    reference = samples.probabilities(engine, places)
    chosen = golden.pick([len(samples.ids[place]) for place in places])
    texts = [samples.texts[place] for place in chosen]
    golden.GoldenSet(texts, reference[chosen]).write(folder)
    if set(formats) <= {"none"}:
        return []
    tried = []
    with tempfile.TemporaryDirectory() as scratch:
        workshop = _Workshop(folder, Path(scratch), samples, reference)
        for each in workshop.exports(formats):
            tried.append(each)
            say(_line(each))
    return tried


class _Workshop:
    """Makes formats in a scratch folder and copies those that pass beside the model."""

    def __init__(
        self, folder: Path, scratch: Path, samples: Samples, reference: FloatArray
    ) -> None:
        self._folder = folder
        self._scratch = scratch
        self._samples = samples
        self._reference = reference

    def exports(self, formats: Sequence[str]) -> Iterator[Export]:
        """Yield what became of each format, and of each way to int8 until one passes."""
        onnx = format_file(self._scratch, "onnx", "fp32")
        openvino = format_file(self._scratch, "openvino", "fp32")
        made = self._attempt("onnx-fp32", "", lambda file: convert.to_onnx(self._folder, file))
        if made.problem and not onnx.is_file():
            yield made  # nothing else can be made without it
            return
        if "onnx-fp32" in formats:
            yield self._ship(made)
        if "onnx-int8" in formats:
            yield self._ship(
                self._attempt("onnx-int8", "dynamic", lambda file: convert.to_onnx_int8(onnx, file))
            )
        if not any(each.startswith("openvino") for each in formats):
            return
        made = self._attempt("openvino-fp32", "", lambda file: convert.to_openvino(onnx, file))
        if "openvino-fp32" in formats:
            yield self._ship(made)
        if "openvino-int8" in formats and openvino.is_file():
            yield from self._int8(openvino)

    def _int8(self, source: Path) -> Iterator[Export]:
        calibration = self._samples.calibration
        for method in INT8_METHODS:

            def make(file: Path, method: str = method) -> None:
                convert.to_openvino_int8(source, file, calibration, method)

            made = self._attempt("openvino-int8", method, make)
            yield self._ship(made)
            if made.kept:
                return

    def _attempt(self, name: str, method: str, make: Callable[[Path], object]) -> Export:
        """Make a format and measure it; a failure of an exporter is a result, not an end."""
        kind, precision = name.split("-")
        file = format_file(self._scratch, kind, precision)
        file.parent.mkdir(exist_ok=True)
        try:
            make(file)
            engine = _open(kind, file, precision, max(map(len, self._samples.ids)))
            found = self._compare(engine)
        except Exception as error:
            words = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
            return Export(format=name, kept=False, method=method, parity=None, problem=words)
        problem = "; ".join(parity.failures(found))
        return Export(format=name, kept=not problem, method=method, parity=found, problem=problem)

    def _compare(self, engine: Engine) -> Parity:
        """Measure on all validation texts, or on the first ones where these are hopeless."""
        labels = np.asarray(self._samples.labels)
        for size in (len(self._reference) // 5, len(self._reference)):
            rows = self._samples.probabilities(engine, range(size))
            found = parity.compare(self._reference[:size], rows, labels[:size])
            if size >= 50 and found.mean_difference > 1.5 * parity.MAX_MEAN_DIFFERENCE:
                break
        return found

    def _ship(self, made: Export) -> Export:
        if made.kept:
            shutil.copytree(
                self._scratch / made.format, self._folder / made.format, dirs_exist_ok=True
            )
        return made


def _open(kind: str, file: Path, precision: str, max_length: int) -> Engine:
    threads = cpu.usable_cores()
    if kind == "openvino":
        from sentiment.inference.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(file, precision, threads, max_length=max_length)
    from sentiment.inference.onnx_engine import OnnxEngine

    return OnnxEngine(file, precision, threads)


def _line(made: Export) -> str:
    name = f"{made.format} ({made.method})" if made.method else made.format
    if made.parity is None:
        return f"export {name}: left out: {made.problem}"
    figures = (
        f"accuracy {made.parity.accuracy:.4f} of {made.parity.reference_accuracy:.4f}, "
        f"mean difference {made.parity.mean_difference:.5f}, "
        f"agreement {made.parity.agreement:.4f} on {made.parity.texts:,} texts"
    )
    return f"export {name}: {f'left out: {made.problem}' if made.problem else f'kept: {figures}'}"
