"""What training runs on: the precision chosen and the words for the card."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from sentiment.settings import TrainingSettings
from sentiment.training import hardware

CPU_INFO = Path("/proc/cpuinfo")


@pytest.mark.parametrize("precision", ["bf16", "fp16", "fp32"])
def test_a_precision_that_is_named_is_used(precision: str) -> None:
    settings = TrainingSettings.parse({"precision": precision})
    assert hardware.resolve_precision(settings, "cpu") == precision


@pytest.mark.skipif(not CPU_INFO.is_file(), reason="needs Linux's list of CPU flags")
def test_a_cpu_trains_in_bf16_exactly_when_it_computes_in_it() -> None:
    text = CPU_INFO.read_text(encoding="utf-8")
    native = re.search(r"^(flags|Features)\s*:.*\b(avx512_bf16|amx_bf16|bf16)\b", text, re.M)
    chosen = hardware.resolve_precision(TrainingSettings(), "cpu")
    assert chosen == ("bf16" if native else "fp32")


def test_the_commit_is_a_full_hash_or_unknown() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", hardware.git_commit())


def test_the_versions_are_those_installed() -> None:
    assert hardware.versions()["torch"] == version("torch")


def test_the_hardware_line_counts_the_processes() -> None:
    assert hardware.describe_hardware("cpu", 3).endswith("cores, 3 process(es)")
