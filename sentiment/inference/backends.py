"""Which backend computes: the one asked for, or the fastest of those that are there."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sentiment.errors import UsageError
from sentiment.inference import cpu
from sentiment.inference.engine import Engine
from sentiment.settings import EngineSettings

_PACKAGES = {"openvino": "openvino", "onnxruntime": "onnxruntime", "torch": "torch transformers"}
_FORMATS = {"openvino": "openvino", "onnxruntime": "onnx"}
_FILES = {"openvino": "model.xml", "onnx": "model.onnx"}


@dataclass(frozen=True)
class Choice:
    """A backend and the precision of the format it loads."""

    backend: str
    precision: str


def format_file(folder: Path, kind: str, precision: str) -> Path:
    """Return where a stored model keeps a format, for example `openvino`, `int8`."""
    return folder / f"{kind}-{precision}" / _FILES[kind]


def choose(folder: Path, settings: EngineSettings) -> Choice:
    """Return what to compute the model in `folder` with.

    `auto` takes torch on a CUDA device, else OpenVINO, else ONNX Runtime, else
    torch: the first whose package is installed and whose format the model has.
    Precision `auto` takes int8 where the CPU has instructions for it, else fp32.
    Raises `UsageError` when what was asked for is not there.
    """
    if settings.backend != "auto":
        return _asked_for(folder, settings)
    on_cuda = settings.device == "cuda" or (settings.device == "auto" and _cuda_driver())
    for backend in () if on_cuda else _FORMATS:
        precision = _precision(folder, backend, settings)
        if precision and find_spec(backend):
            return Choice(backend, precision)
    return _asked_for(folder, settings.model_copy(update={"backend": "torch"}))


def open_engine(folder: Path, settings: EngineSettings) -> Engine:
    """Load the model in `folder` with the backend that `choose` names."""
    choice = choose(folder, settings)
    threads = settings.threads or cpu.usable_cores()
    if choice.backend == "torch":
        from sentiment.inference.torch_engine import TorchEngine

        return TorchEngine(folder, settings.device, threads)
    file = format_file(folder, _FORMATS[choice.backend], choice.precision)
    if choice.backend == "openvino":
        from sentiment.inference.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(file, choice.precision, threads, settings.streams)
    from sentiment.inference.onnx_engine import OnnxEngine

    return OnnxEngine(file, choice.precision, threads, settings.streams)


def _asked_for(folder: Path, settings: EngineSettings) -> Choice:
    backend = settings.backend
    if not all(find_spec(package) for package in _PACKAGES[backend].split()):
        raise UsageError(
            f"The backend {backend} is not installed.", f"Run: pip install {_PACKAGES[backend]}"
        )
    if backend == "torch":
        if settings.precision == "int8":
            raise UsageError(
                "The backend torch has no int8.", "Use openvino or onnxruntime, or fp32."
            )
        return Choice("torch", "fp32")
    if settings.device == "cuda":
        raise UsageError(f"The backend {backend} computes on the CPU only.", "Use torch for CUDA.")
    precision = _precision(folder, backend, settings)
    if precision is None:
        wanted = "" if settings.precision == "auto" else f"-{settings.precision}"
        raise UsageError(
            f"The model holds no {_FORMATS[backend]}{wanted} format.",
            "GET /model and card.json say why; python -m sentiment.export makes formats later.",
        )
    return Choice(backend, precision)


def _precision(folder: Path, backend: str, settings: EngineSettings) -> str | None:
    """Return the precision to use of those the model has for a backend, best first."""
    order = ("int8", "fp32") if cpu.has_int8() else ("fp32", "int8")
    wanted = order if settings.precision == "auto" else (settings.precision,)
    kind = _FORMATS[backend]
    return next((each for each in wanted if format_file(folder, kind, each).is_file()), None)


def _cuda_driver() -> bool:
    """Whether a CUDA device may be there, told without importing torch."""
    return (
        os.path.exists("/proc/driver/nvidia/version")
        and find_spec("torch") is not None
        and _torch_sees_cuda()
    )


def _torch_sees_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())
