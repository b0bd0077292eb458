"""Which backend computes: what was asked for, or the first that is there."""

from pathlib import Path

import pytest

from sentiment import cpu
from sentiment.errors import UsageError
from sentiment.inference import backends
from sentiment.inference.backends import BackendChoice, choices, choose_backend
from sentiment.inference.stored_format import StoredFormat
from sentiment.settings import EngineSettings

ALL = ("openvino-fp32", "openvino-int8", "onnx-fp32", "onnx-int8")


def make(folder: Path, formats: tuple[str, ...]) -> Path:
    for name in formats:
        file = StoredFormat.parse(name).file(folder)
        file.parent.mkdir()
        file.touch()
    return folder


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Packages that are as if they were not installed."""
    absent: set[str] = set()
    find = backends.find_spec
    monkeypatch.setattr(backends, "find_spec", lambda name: None if name in absent else find(name))
    return absent


@pytest.mark.parametrize(
    ("formats", "absent", "native", "chosen"),
    [
        (ALL, (), "int8 bf16", BackendChoice("openvino", "int8")),
        (ALL, (), "", BackendChoice("openvino", "fp32")),
        (ALL, (), "bf16", BackendChoice("openvino", "bf16")),
        (ALL, ("openvino",), "int8", BackendChoice("onnxruntime", "int8")),
        (ALL, ("openvino",), "bf16", BackendChoice("onnxruntime", "fp32")),
        (("openvino-fp32",), (), "int8 bf16", BackendChoice("openvino", "bf16")),
        (("openvino-fp32",), (), "int8", BackendChoice("openvino", "fp32")),
        (("openvino-int8",), (), "", BackendChoice("openvino", "int8")),
        (("onnx-fp32",), (), "int8", BackendChoice("onnxruntime", "fp32")),
        ((), (), "int8 bf16", BackendChoice("torch", "fp32")),
        (ALL, ("openvino", "onnxruntime"), "int8", BackendChoice("torch", "fp32")),
    ],
)
def test_auto_takes_the_first_that_is_there(
    formats: tuple[str, ...],
    absent: tuple[str, ...],
    native: str,
    chosen: BackendChoice,
    missing: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing.update(absent)
    monkeypatch.setattr(cpu, "has_int8", lambda: "int8" in native)
    monkeypatch.setattr(cpu, "has_bf16", lambda: "bf16" in native)
    assert choose_backend(make(tmp_path, formats), EngineSettings(device="cpu")) == chosen


@pytest.mark.parametrize(
    ("asked", "formats", "names"),
    [
        (
            {},
            ALL,
            "openvino int8, openvino int8 fp32, openvino bf16, openvino fp32, onnxruntime int8, "
            "onnxruntime fp32, torch fp32",
        ),
        ({}, ("openvino-int8",), "openvino int8, openvino int8 fp32, torch fp32"),
        (
            {"backend": "openvino"},
            ALL,
            "openvino int8, openvino int8 fp32, openvino bf16, openvino fp32",
        ),
        ({"backend": "onnxruntime"}, ALL, "onnxruntime int8, onnxruntime fp32"),
        ({"precision": "int8"}, ALL, "openvino int8, openvino int8 fp32, onnxruntime int8"),
        ({"backend": "openvino", "precision": "bf16"}, ALL, "openvino bf16"),
        ({"precision": "bf16"}, ALL, "openvino bf16"),
        ({"backend": "torch"}, ALL, "torch fp32"),
    ],
)
def test_what_could_compute_instead_is_within_what_is_asked_for(
    asked: dict[str, str],
    formats: tuple[str, ...],
    names: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cpu, "has_int8", lambda: True)
    monkeypatch.setattr(cpu, "has_bf16", lambda: True)
    settings = EngineSettings.parse({"device": "cpu", **asked})
    found = choices(make(tmp_path, formats), settings)
    words = (f"{each.backend} {each.precision} {each.float_precision}" for each in found)
    assert ", ".join(word.removesuffix(" auto") for word in words) == names


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({"backend": "torch"}, BackendChoice("torch", "fp32")),
        ({"backend": "onnxruntime", "precision": "int8"}, BackendChoice("onnxruntime", "int8")),
        ({"backend": "openvino", "precision": "fp32"}, BackendChoice("openvino", "fp32")),
        ({"precision": "int8"}, BackendChoice("openvino", "int8")),
        ({"precision": "bf16"}, BackendChoice("openvino", "bf16")),
        ({"backend": "torch", "precision": "bf16"}, BackendChoice("torch", "bf16")),
    ],
)
def test_what_is_asked_for_is_taken(
    asked: dict[str, str], chosen: BackendChoice, tmp_path: Path
) -> None:
    settings = EngineSettings.parse({"device": "cpu", **asked})
    assert choose_backend(make(tmp_path, ALL), settings) == chosen


@pytest.mark.parametrize(
    ("asked", "formats", "absent", "words"),
    [
        ({"backend": "openvino"}, ALL, ("openvino",), "pip install openvino"),
        ({"backend": "onnxruntime"}, ALL, ("onnxruntime",), "pip install onnxruntime"),
        ({"backend": "torch"}, ALL, ("torch",), "pip install torch transformers"),
        ({"backend": "openvino"}, ("onnx-fp32",), (), "no openvino format"),
        ({"backend": "openvino", "precision": "int8"}, ("openvino-fp32",), (), "openvino-int8"),
        ({"backend": "torch", "precision": "int8"}, ALL, (), "torch has no int8"),
        ({"backend": "onnxruntime", "precision": "bf16"}, ALL, (), "onnxruntime has no bf16"),
        ({"backend": "openvino", "device": "cuda"}, ALL, (), "CPU only"),
        ({"precision": "int8"}, (), (), "torch has no int8"),
        ({}, (), ("torch",), "pip install torch transformers"),
    ],
)
def test_what_is_not_there_is_an_error_with_a_remedy(
    asked: dict[str, str],
    formats: tuple[str, ...],
    absent: tuple[str, ...],
    words: str,
    missing: set[str],
    tmp_path: Path,
) -> None:
    missing.update(absent)
    settings = EngineSettings.parse({"device": "cpu", **asked})
    with pytest.raises(UsageError, match=words):
        choose_backend(make(tmp_path, formats), settings)
