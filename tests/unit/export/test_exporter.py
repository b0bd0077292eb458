"""Exporting a model folder: what passes lies beside the model, what fails is told."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment import cpu
from sentiment.export import convert, exporter, quantization
from sentiment.export.quantization import QuantizationMethod
from sentiment.export.samples import ExportSamples
from sentiment.inference.golden import SIZE, GoldenSet

GENERATOR = np.random.default_rng(0)
IDS = [[2, *map(int, GENERATOR.integers(5, 40, size)), 3] for size in GENERATOR.integers(1, 30, 80)]


@pytest.fixture
def samples() -> ExportSamples:
    return ExportSamples(
        quantization_ids=IDS[:16],
        texts=[f"text {place}" for place in range(len(IDS))],
        ids=IDS,
        labels=np.zeros(len(IDS), dtype=int),
        temperature=1.5,
        label_count=2,
    )


@pytest.fixture
def folder(classifier: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(classifier("bert"), tmp_path / "model"))


def test_formats_that_pass_lie_beside_the_model(folder: Path, samples: ExportSamples) -> None:
    said: list[str] = []
    formats = ["openvino-fp32", "onnx-fp32"]
    tried = exporter.export(folder, formats, samples, said.append)
    assert {each.format: each.kept for each in tried} == dict.fromkeys(formats, True)
    assert all(each.parity and each.parity.texts == SIZE for each in tried)
    assert (folder / "openvino-fp32" / "model.xml").is_file()
    assert (folder / "onnx-fp32" / "model.onnx").is_file()
    assert len(said) == 2


def test_only_what_was_asked_for_is_kept(folder: Path, samples: ExportSamples) -> None:
    exporter.export(folder, ["openvino-fp32"], samples, str)
    assert not list(folder.glob("onnx-*"))


@pytest.mark.parametrize(
    ("has_int8", "has_tiles", "int8_passes", "kept"),
    [
        (True, False, True, ["openvino-int8"]),
        (True, False, False, ["openvino-fp32"]),
        (False, False, True, ["openvino-fp32"]),
        (True, True, True, ["openvino-fp32"]),
    ],
    ids=["int8", "int8 fails", "no instructions for int8", "bf16 is as fast"],
)
def test_auto_makes_what_a_server_here_would_choose_and_nothing_else(
    folder: Path,
    samples: ExportSamples,
    monkeypatch: pytest.MonkeyPatch,
    has_int8: bool,
    has_tiles: bool,
    int8_passes: bool,
    kept: list[str],
) -> None:
    def copy(source: Path, file: Path, *_: Any) -> None:
        if not int8_passes:
            raise RuntimeError("no way")
        for suffix in (".xml", ".bin"):
            file.with_suffix(suffix).write_bytes(source.with_suffix(suffix).read_bytes())

    monkeypatch.setattr(quantization, "to_openvino_int8", copy)
    monkeypatch.setattr(cpu, "has_int8", lambda: has_int8)
    monkeypatch.setattr(cpu, "has_bf16_tiles", lambda: has_tiles)
    monkeypatch.setattr(cpu, "has_bf16", lambda: False)  # too coarse for these random weights
    tried = exporter.export(folder, ["auto"], samples, str)
    assert [each.format for each in tried if each.kept] == kept
    assert sorted(path.name for path in folder.glob("o*-*")) == kept


@pytest.mark.parametrize(
    ("has_bf16", "tried"),
    [
        (True, ["static, SmoothQuant", "static", "static, SmoothQuant, down-projections fp32"]),
        (
            False,
            [
                "static, SmoothQuant",
                "static",
                "static, SmoothQuant, down-projections fp32",
                "weights only",
            ],
        ),
    ],
)
def test_auto_spends_no_time_on_ways_that_are_no_faster_than_what_else_there_is(
    folder: Path,
    samples: ExportSamples,
    monkeypatch: pytest.MonkeyPatch,
    has_bf16: bool,
    tried: list[str],
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no way")

    monkeypatch.setattr(quantization, "to_openvino_int8", fail)
    monkeypatch.setattr(cpu, "has_int8", lambda: True)
    monkeypatch.setattr(cpu, "has_bf16_tiles", lambda: False)
    monkeypatch.setattr(cpu, "has_bf16", lambda: has_bf16)
    results = exporter.export(folder, ["auto"], samples, str)
    assert [each.method for each in results if each.format == "openvino-int8"] == tried


def test_few_texts_are_told(
    folder: Path, samples: ExportSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(quantization, "to_onnx_int8", shutil.copy)
    exporter.export(folder, ["onnx-int8"], samples, said.append)
    assert said[0].endswith("on 80 texts, all there are and too few to be sure")


def test_none_leaves_the_golden_set_alone(folder: Path, samples: ExportSamples) -> None:
    assert exporter.export(folder, ["none"], samples, str) == []
    golden = GoldenSet.read(folder)
    assert golden is not None
    assert len(golden.texts) == SIZE
    assert not list(folder.glob("o*-*"))


def test_a_format_that_drifts_is_left_out_and_the_next_way_is_tried(
    folder: Path, samples: ExportSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = list(quantization.INT8_METHODS)

    def drifting(source: Path, file: Path, texts: Any, method: QuantizationMethod) -> None:
        """The first way gives another model's answers, the second the model's own."""
        import openvino

        model = openvino.Core().read_model(source)
        if method == ways[0]:
            last = model.get_results()[0].input_value(0)
            model = openvino.Model([openvino.opset13.negative(last)], model.get_parameters())
        openvino.save_model(model, file, compress_to_fp16=False)

    monkeypatch.setattr(quantization, "to_openvino_int8", drifting)
    monkeypatch.setattr(cpu, "has_bf16", lambda: False)  # too coarse for these random weights
    tried = exporter.export(folder, ["openvino-int8"], samples, str)
    assert [(each.method, each.kept) for each in tried] == [
        (ways[0].name, False),
        (ways[1].name, True),
    ]
    assert "agreement" in tried[0].problem
    assert (folder / "openvino-int8" / "model.xml").is_file()


def test_an_exporter_that_fails_is_a_result(
    folder: Path, samples: ExportSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such operator\nand a page of more")

    monkeypatch.setattr(convert, "to_onnx", fail)
    (tried,) = exporter.export(folder, ["openvino-fp32"], samples, str)
    assert (tried.kept, tried.problem) == (False, "RuntimeError: no such operator")
