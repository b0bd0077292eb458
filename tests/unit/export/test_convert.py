"""Every family leaves torch and answers as it did there."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sentiment.export import convert
from sentiment.inference.onnx_engine import OnnxEngine
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.torch_engine import TorchEngine
from tests.support.models import ALL_FAMILIES

BATCH = [[2, 9, 12, 30, 3], [2, 7, 3], [2, *range(5, 40), 3], [2, 3]]

ROUNDING = 2e-4  # of fp32, in logits of up to 4; weights around 0.5 enlarge it from layer to layer


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_a_family_answers_as_in_torch(
    family: str, classifier: Callable[[str], Path], tmp_path: Path
) -> None:
    onnx, openvino = tmp_path / "model.onnx", tmp_path / "model.xml"
    assert convert.to_onnx(classifier(family), onnx) > 0, "nothing was narrowed"
    convert.to_openvino(onnx, openvino)
    wanted = TorchEngine(classifier(family), "cpu", 1).logits(BATCH)
    assert np.ptp(wanted) > 0.1, "answers that are all alike prove nothing"
    for engine in (OnnxEngine(onnx, "fp32", 1), OpenVINOEngine(openvino, "fp32", 2, max_length=48)):
        assert np.allclose(engine.logits(BATCH), wanted, atol=ROUNDING)
        assert np.allclose(engine.logits(BATCH, exclusive=True), wanted, atol=ROUNDING)
