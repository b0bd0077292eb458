"""Every family leaves torch and answers as it did there."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sentiment.export import convert
from sentiment.inference.onnx_engine import OnnxEngine
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.torch_engine import TorchEngine
from tests.models import FAMILIES

BATCH = [[2, 9, 12, 30, 3], [2, 7, 3], [2, *range(5, 40), 3], [2, 3]]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_answers_as_in_torch(
    family: str, classifier: Callable[[str], Path], tmp_path: Path
) -> None:
    onnx, openvino = tmp_path / "model.onnx", tmp_path / "model.xml"
    assert convert.to_onnx(classifier(family), onnx) > 0, "nothing was narrowed"
    convert.to_openvino(onnx, openvino)
    wanted = TorchEngine(classifier(family), "cpu", 1).logits(BATCH)
    assert np.ptp(wanted) > 0.1, "answers that are all alike prove nothing"
    for engine in (OnnxEngine(onnx, "fp32", 1), OpenVINOEngine(openvino, "fp32", 2, max_length=48)):
        assert np.allclose(engine.logits(BATCH), wanted, atol=1e-5)
        assert np.allclose(engine.logits(BATCH, alone=True), wanted, atol=1e-5)


@pytest.mark.parametrize("method", convert.INT8_METHODS)
def test_each_way_to_int8_makes_a_smaller_model_that_answers(
    method: str, classifier: Callable[[str], Path], tmp_path: Path
) -> None:
    onnx, fp32, int8 = (tmp_path / name for name in ("model.onnx", "fp32.xml", "int8.xml"))
    convert.to_onnx(classifier("bert"), onnx)
    convert.to_openvino(onnx, fp32)
    convert.to_openvino_int8(fp32, int8, BATCH * 4, method)
    assert int8.with_suffix(".bin").stat().st_size < 0.8 * fp32.with_suffix(".bin").stat().st_size
    wanted = TorchEngine(classifier("bert"), "cpu", 1).logits(BATCH)
    found = OpenVINOEngine(int8, "int8", 1).logits(BATCH)
    assert np.abs(found - wanted).mean() < 0.1 * np.ptp(wanted)
