"""Whole runs on few labels: what is learnt, stored, served and said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings, TrainingSettings
from sentiment.store import StoredModel
from tests.support.training import read_weights

Fit = Callable[..., StoredModel]
Make = Callable[..., TrainingSettings]

TEXTS = ["superb moving honest", "tedious awful boring", "brilliant", "clumsy shallow"]
pooled = pytest.mark.parametrize("method", ["probe", "contrastive"])


@pooled
def test_a_run_learns_what_the_words_say_and_the_card_tells_the_method(
    method: str, fit: Fit, settings: Make, tmp_path: Path
) -> None:
    stored = fit(settings(method=method, checkpoint_dir=tmp_path))
    predictions = Predictor.load(stored).predict(TEXTS[:2])
    assert [prediction.label for prediction in predictions] == ["good", "bad"]
    assert stored.card.method == method
    assert stored.card.comparison is None
    assert len(stored.card.epochs) == stored.card.best_epoch == 1
    assert list(tmp_path.iterdir()) == []


@pooled
def test_the_same_seed_gives_the_same_weights(
    method: str, fit: Fit, settings: Make, tmp_path: Path
) -> None:
    first, second = (
        read_weights(fit(settings(method=method, checkpoint_dir=tmp_path)).folder) for _ in range(2)
    )
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_a_probe_leaves_the_encoder_as_it_was(
    fit: Fit, settings: Make, encoder: Path, tmp_path: Path
) -> None:
    weights = read_weights(fit(settings(method="probe", checkpoint_dir=tmp_path)).folder)
    before = read_weights(encoder)
    kept = {name: value for name, value in before.items() if not name.startswith("pooler.")}
    assert kept
    assert all(torch.equal(weights[f"encoder.{name}"], value) for name, value in kept.items())


def test_every_engine_answers_as_torch(fit: Fit, settings: Make, tmp_path: Path) -> None:
    formats = ("openvino-fp32", "onnx-fp32")
    stored = fit(settings(method="contrastive", export=formats, checkpoint_dir=tmp_path))
    assert [(export.format, export.kept) for export in stored.card.exports] == [
        (name, True) for name in formats
    ]
    answers = []
    for backend in ("torch", "openvino", "onnxruntime"):
        engine = EngineSettings.parse({"backend": backend, "precision": "fp32", "device": "cpu"})
        predictions = Predictor.load(stored, engine).predict(TEXTS)
        answers.append([prediction.probabilities["good"] for prediction in predictions])
    assert answers[1] == pytest.approx(answers[0], abs=1e-4)
    assert answers[2] == pytest.approx(answers[0], abs=1e-4)


def test_the_card_has_the_table_that_was_compared(
    fit: Fit, settings: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = fit(settings(method="auto", epochs=1, checkpoint_dir=tmp_path))
    comparison = stored.card.comparison
    assert comparison is not None
    assert (comparison.rows, comparison.folds) == (35, 4)
    assert stored.card.method in {result.method for result in comparison.results}
    printed = capsys.readouterr().out
    assert printed.count("method: ") == 1
    assert f"method: {stored.card.method} (best of 4-fold" in printed
    card = json.loads((stored.folder / "card.json").read_text())
    assert card["comparison"]["results"][0]["method"] == "probe"


@pooled
def test_a_stored_model_is_a_base_model_too(
    method: str, fit: Fit, settings: Make, tmp_path: Path
) -> None:
    first = fit(settings(method="probe", checkpoint_dir=tmp_path))
    chosen = settings(base_model=first.tag, keep_layers="0", frozen_layers=1, method=method)
    again = fit(chosen.model_copy(update={"checkpoint_dir": tmp_path}))
    assert not [name for name in read_weights(again.folder) if "layer.1." in name]
    tuned = fit(settings(base_model=first.tag, epochs=4, checkpoint_dir=tmp_path))
    predictions = Predictor.load(tuned).predict(TEXTS[:2])
    assert [prediction.label for prediction in predictions] == ["good", "bad"]
