"""What training runs on: precision the device has, and words for the card."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sentiment.settings import TrainingSettings

_PACKAGES = ("torch", "transformers", "tokenizers", "accelerate", "datasets", "bentoml", "numpy")
_CPU_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86, x86 tiles, ARM


def resolve_precision(settings: TrainingSettings, device: str) -> str:
    """Return `bf16`, `fp16` or `fp32`: the one asked for, or the fastest native one."""
    if settings.precision != "auto":
        return settings.precision
    if device == "cuda":
        import torch

        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return "bf16" if _CPU_BF16_FLAGS & _cpu_flags() else "fp32"


def describe_hardware(device: str, processes: int) -> str:
    """Return one line such as `2 x AMD EPYC cores` or `1 x NVIDIA H200`."""
    if device == "cuda":
        import torch

        return f"{processes} x {torch.cuda.get_device_name()}"
    return f"{len(os.sched_getaffinity(0))} x {_cpu_name()} cores, {processes} process(es)"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that shape a model."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def git_commit() -> str:
    """Return the commit of the code, `-dirty` when changed, or `unknown` outside git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        result = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return result.stdout.strip() or "unknown"


def _cpu_info(field: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


def _cpu_flags() -> set[str]:
    return set((_cpu_info("flags") or _cpu_info("Features")).split())


def _cpu_name() -> str:
    return _cpu_info("model name") or platform.machine()
