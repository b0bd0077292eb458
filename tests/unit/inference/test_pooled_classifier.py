"""A pooled classifier: what it computes, and that it is stored and converted like any other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sentiment.export import convert
from sentiment.inference.onnx_engine import OnnxEngine
from sentiment.inference.openvino_engine import OpenVINOEngine
from sentiment.inference.pooled_classifier import pool
from sentiment.inference.torch_engine import TorchEngine
from tests.support.models import FAMILIES, make_classifier

BATCH = [[2, 9, 12, 30, 3], [2, 7, 3], [2, *range(5, 40), 3], [2, 3]]
LABELS = ["negative", "positive", "mixed"]
ROUNDING = 2e-4


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pooled classifier of each family, as it is stored."""
    return make_pooled(tmp_path_factory.mktemp(request.param), request.param)


def make_pooled(folder: Path, family: str) -> Path:
    model = pool(load(make_classifier(folder, family)), LABELS)
    with torch.no_grad():
        torch.nn.init.normal_(model.classifier.weight, std=5)
    model.save_pretrained(folder)
    return folder


def load(folder: Path) -> Any:
    from transformers import AutoModelForSequenceClassification

    return AutoModelForSequenceClassification.from_pretrained(folder).eval()


def test_the_embedding_is_the_mean_state_of_the_tokens_without_padding(folder: Path) -> None:
    model = load(folder)
    ids = torch.tensor([BATCH[0], [*BATCH[1], 0, 0]])
    mask = torch.tensor([[1] * 5, [1] * 3 + [0] * 2])
    with torch.inference_mode():
        embeddings = model.embeddings(ids, mask)
        for row, text in enumerate(BATCH[:2]):
            states = model.encoder(torch.tensor([text])).last_hidden_state[0]
            mean = states.mean(dim=0)
            torch.testing.assert_close(embeddings[row], mean / mean.norm(), atol=1e-5, rtol=0)


def test_what_is_saved_answers_as_before_and_has_the_labels(folder: Path, tmp_path: Path) -> None:
    model = load(folder)
    model.save_pretrained(tmp_path)
    again = load(tmp_path)
    ids = torch.tensor([BATCH[2]])
    with torch.inference_mode():
        assert torch.equal(model(ids).logits, again(ids).logits)
    assert again.config.id2label == dict(enumerate(LABELS))


def test_it_leaves_torch_and_answers_as_it_did_there(folder: Path, tmp_path: Path) -> None:
    onnx, openvino = tmp_path / "model.onnx", tmp_path / "model.xml"
    convert.to_onnx(folder, onnx)
    convert.to_openvino(onnx, openvino)
    wanted = TorchEngine(folder, "cpu", 1).logits(BATCH)
    assert wanted.shape == (4, 3)
    assert np.ptp(wanted, axis=0).min() > 0.1, "answers that are all alike prove nothing"
    for engine in (OnnxEngine(onnx, "fp32", 1), OpenVINOEngine(openvino, "fp32", 2, max_length=48)):
        assert np.allclose(engine.logits(BATCH), wanted, atol=ROUNDING)


def test_a_text_beside_a_longer_one_gets_the_logits_it_gets_alone(folder: Path) -> None:
    engine = TorchEngine(folder, "cpu", 1)
    alone = np.concatenate([engine.logits([text]) for text in BATCH])
    np.testing.assert_allclose(engine.logits(BATCH), alone, atol=1e-4)
