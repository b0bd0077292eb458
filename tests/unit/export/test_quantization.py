"""Each way to int8 makes a model that is smaller and answers nearly as fp32 does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest

from sentiment import cpu
from sentiment.export import convert, quantization
from sentiment.export.quantization import INT8_METHODS, QuantizationMethod
from sentiment.inference.engine import pad
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.torch_engine import TorchEngine
from tests.support.tokenizers import vocabulary

BATCH = [[2, 9, 12, 30, 3], [2, 7, 3], [2, *range(5, 40), 3], [2, 3]]


@pytest.mark.parametrize("method", INT8_METHODS, ids=lambda method: method.name)
def test_each_way_to_int8_makes_a_smaller_model_that_answers(
    method: QuantizationMethod, classifier: Callable[[str], Path], tmp_path: Path
) -> None:
    onnx, fp32, int8 = (tmp_path / name for name in ("model.onnx", "fp32.xml", "int8.xml"))
    convert.to_onnx(classifier("bert"), onnx)
    convert.to_openvino(onnx, fp32)
    quantization.to_openvino_int8(fp32, int8, BATCH * 4, method)
    assert int8.with_suffix(".bin").stat().st_size < 0.8 * fp32.with_suffix(".bin").stat().st_size
    wanted = TorchEngine(classifier("bert"), "cpu", 1).logits(BATCH)
    found = OpenVINOEngine(int8, "int8", 1).logits(BATCH)
    error = np.abs(found - wanted).mean() / np.ptp(wanted)
    assert error < (0.5 if may_saturate(method) else 0.1)


def may_saturate(method: QuantizationMethod) -> bool:
    """Whether sums of this CPU's 8-bit products may be cut; no server computes in int8 there."""
    return not (cpu.has_int8() or method.overflow_fix or method.weights_only)


def test_a_table_that_is_looked_up_before_it_is_scaled_stays_int8_and_answers_the_same(
    classifier: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = QuantizationMethod("static")
    onnx, fp32, after, before = (tmp_path / f"{name}.xml" for name in ("o", "fp32", "a", "b"))
    convert.to_onnx(classifier("bert"), onnx)
    convert.to_openvino(onnx, fp32)
    quantization.to_openvino_int8(fp32, after, BATCH * 4, static)
    monkeypatch.setattr(quantization, "look_up_before_scaling", lambda _: 0)
    quantization.to_openvino_int8(fp32, before, BATCH * 4, static)
    assert tables_in_memory(after) == {"i8"}
    assert tables_in_memory(before) == {"f32"}
    answers = [compiled(file)([*pad(BATCH, 0)])[0] for file in (after, before)]
    assert np.allclose(*answers, atol=1e-6)


def compiled(file: Path) -> Any:
    """The model, computing in fp32 what is not int8."""
    core = openvino.Core()
    return core.compile_model(core.read_model(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def tables_in_memory(file: Path) -> set[str]:
    """The types of the numbers that a compiled model looks words up in."""
    constants = [
        node
        for node in compiled(file).get_runtime_model().get_ops()
        if node.get_rt_info()["layerType"].astype(str) == "Const"
        and node.get_output_partial_shape(0).is_static
        and list(node.get_output_shape(0)) == [len(vocabulary()), 32]
    ]
    return {node.get_rt_info()["outputPrecisions"].astype(str) for node in constants}
