"""Which backend computes: the one asked for, or the fastest of those available."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from sentiment import cpu
from sentiment.errors import UsageError
from sentiment.inference.engine import Engine
from sentiment.inference.stored_format import StoredFormat, stored_precision
from sentiment.settings import EngineSettings, ExportFormat

_PACKAGES = {"openvino": "openvino", "onnxruntime": "onnxruntime", "torch": "torch transformers"}
_FORMATS = {"openvino": "openvino", "onnxruntime": "onnx"}

TORCH_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
"""Patterns of the files that only torch reads."""


@dataclass(frozen=True)
class BackendChoice:
    """A backend and the precision of the format it loads."""

    backend: str
    precision: str
    float_precision: str = "auto"
    """Of what int8 leaves in floating point; auto: bf16 where the CPU has it."""


def choose_backend(folder: Path, settings: EngineSettings) -> BackendChoice:
    """Return the backend and the precision with which to compute the model in `folder`.

    `auto` takes torch on a CUDA device, else OpenVINO, else ONNX Runtime, else
    torch: the first whose package is installed and whose format the model has.
    Precision `auto` takes int8 where the CPU has instructions for it, else bf16
    where it has those, else fp32; with torch, bf16 on CUDA and fp32 elsewhere.
    Raises `UsageError` when what was asked for is not available.
    """
    return choices(folder, settings)[0]


def choices(folder: Path, settings: EngineSettings) -> list[BackendChoice]:
    """Return what `choose_backend` chooses, then what could compute instead, best first.

    What the settings ask for is not replaced by anything else. Raises `UsageError` as it does.
    """
    if settings.backend != "auto":
        return _asked_for(folder, settings)
    on_cuda = settings.device == "cuda" or (settings.device == "auto" and _has_cuda())
    found = [
        choice
        for backend in (() if on_cuda else _FORMATS)
        if find_spec(backend)
        for choice in _of_backend(folder, backend, settings)
    ]
    if found and not (settings.precision in ("auto", "fp32") and _installed("torch")):
        return found
    return found + _asked_for(folder, settings.model_copy(update={"backend": "torch"}))


def unread_files(choice: BackendChoice) -> tuple[str, ...]:
    """Return patterns of those files of a stored model that the chosen backend does not read."""
    formats: tuple[str, ...] = get_args(ExportFormat)
    if choice.backend == "torch":
        return tuple(f"{name}/*" for name in formats)
    read = _stored_format(choice.backend, choice.precision).name
    return (*(f"{name}/*" for name in formats if name != read), *TORCH_WEIGHTS)


def open_engine(
    folder: Path,
    settings: EngineSettings,
    max_length: int = 0,
    choice: BackendChoice | None = None,
) -> Engine:
    """Load the model in `folder`, which reads `max_length` tokens, as `choose_backend` says.

    With a `choice`, one of the `choices`, it is loaded as that says.
    """
    choice = choice or choose_backend(folder, settings)
    threads = settings.threads or cpu.default_threads()
    if choice.backend == "torch":
        from sentiment.inference.torch_engine import TorchEngine

        return TorchEngine(folder, settings.device, threads, choice.precision)
    file = _stored_format(choice.backend, choice.precision).file(folder)
    if choice.backend == "openvino":
        from sentiment.inference.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(
            file,
            choice.precision,
            threads,
            settings.streams,
            max_length,
            choice.float_precision,
        )
    from sentiment.inference.onnx_engine import OnnxEngine

    return OnnxEngine(file, choice.precision, threads, settings.streams)


def _asked_for(folder: Path, settings: EngineSettings) -> list[BackendChoice]:
    """Return what can compute with the backend that the settings name, best first."""
    backend = settings.backend
    if not _installed(backend):
        raise UsageError(
            f"The backend {backend} is not installed.", f"Run: pip install {_PACKAGES[backend]}"
        )
    if backend == "torch":
        if settings.precision == "int8":
            raise UsageError(
                "The backend torch has no int8.", "Use openvino or onnxruntime, or fp32."
            )
        return [BackendChoice("torch", _torch_precision(settings))]
    if settings.device == "cuda":
        raise UsageError(f"The backend {backend} computes on the CPU only.", "Use torch for CUDA.")
    if backend == "onnxruntime" and settings.precision == "bf16":
        raise UsageError(f"The backend {backend} has no bf16.", "Use openvino or torch, or fp32.")
    found = _of_backend(folder, backend, settings)
    if not found:
        wanted = "" if settings.precision == "auto" else f"-{settings.precision}"
        raise UsageError(
            f"The model holds no {_FORMATS[backend]}{wanted} format.",
            "GET /model and card.json say why; python -m sentiment.export makes formats later.",
        )
    return found


def _installed(backend: str) -> bool:
    return all(find_spec(package) for package in _PACKAGES[backend].split())


def _of_backend(folder: Path, backend: str, settings: EngineSettings) -> list[BackendChoice]:
    """Return in what a backend can compute the formats that the model has, best first."""
    order = ["fp32", "int8"]
    if backend == "openvino" and cpu.has_bf16():
        order.insert(0, "bf16")
    if cpu.has_int8():
        order.insert(0, "int8")
    wanted = dict.fromkeys(order) if settings.precision == "auto" else [settings.precision]
    if settings.precision == "bf16" and backend != "openvino":
        return []
    found = []
    for precision in wanted:
        if _stored_format(backend, precision).file(folder).is_file():
            found.append(BackendChoice(backend, precision))
            if (backend, precision) == ("openvino", "int8") and cpu.has_bf16():
                found.append(BackendChoice(backend, precision, "fp32"))
    return found


def _stored_format(backend: str, precision: str) -> StoredFormat:
    """Return the format that a backend loads to compute in a precision."""
    return StoredFormat(_FORMATS[backend], stored_precision(precision))


def _torch_precision(settings: EngineSettings) -> str:
    """Return the precision asked for, else bf16 on CUDA devices that have it, else fp32."""
    if settings.precision != "auto":
        return settings.precision
    if settings.device == "cpu" or not _has_cuda():
        return "fp32"
    import torch

    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"


def _has_cuda() -> bool:
    """Return whether torch sees a CUDA device; import torch only if there is a driver."""
    return (
        os.path.exists("/proc/driver/nvidia/version")
        and find_spec("torch") is not None
        and _torch_sees_cuda()
    )


def _torch_sees_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())
