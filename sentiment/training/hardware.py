"""What training runs on: the precision of the device, and its description for the card."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sentiment import cpu
from sentiment.settings import TrainingSettings

_PACKAGES = (
    *("torch", "transformers", "tokenizers", "accelerate", "datasets", "bentoml", "numpy"),
    *("openvino", "nncf", "onnx", "onnxruntime"),
)


def resolve_precision(settings: TrainingSettings, device: str) -> str:
    """Return `bf16`, `fp16` or `fp32`: the one asked for, or the fastest in hardware."""
    if settings.precision != "auto":
        return settings.precision
    if device == "cuda":
        import torch

        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return "bf16" if cpu.has_bf16() else "fp32"


def describe_hardware(device: str, processes: int) -> str:
    """Return one line such as `2 x AMD EPYC cores` or `1 x NVIDIA H200`."""
    if device == "cuda":
        import torch

        return f"{processes} x {torch.cuda.get_device_name()}"
    return f"{cpu.usable_cores()} x {cpu.name()} cores, {processes} process(es)"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that shape a model."""
    installed = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed


def git_commit(folder: Path = Path(__file__).parent) -> str:
    """Return the commit of the code in a folder, of this code without one.

    It ends with `-dirty` if files are changed, and is `unknown` outside git.
    """
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return result.stdout.strip() or "unknown"
