"""A base model that was made for something else is trained, converted and served all the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.inference.predictor import Predictor
from sentiment.store import StoredModel
from tests.support.models import make_classifier, make_encoder


def regression(folder: Path) -> Path:
    """A classifier with one output, which was a score."""
    make_classifier(folder, "roberta", label_count=1)
    return changed(folder, problem_type="regression")


def several_labels(folder: Path) -> Path:
    """A classifier of texts that may have several labels."""
    make_classifier(folder, "distilbert", label_count=2)
    labels = {"id2label": {"0": "toxic", "1": "insult"}, "label2id": {"toxic": 0, "insult": 1}}
    return changed(folder, problem_type="multi_label_classification", **labels)


def mean_pooling(folder: Path) -> Path:
    """An encoder whose classifier reads the mean of all tokens."""
    return changed(make_encoder(folder, "modernbert"), classifier_pooling="mean")


def left_to_right(folder: Path) -> Path:
    """A BERT that was set up as a decoder, and returns tuples with all hidden states."""
    make_encoder(folder, "bert")
    return changed(folder, is_decoder=True, return_dict=False, output_hidden_states=True)


def changed(folder: Path, **values: Any) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
    return folder


@pytest.mark.parametrize(
    "make",
    [regression, several_labels, mean_pooling, left_to_right],
    ids=lambda make: make.__name__,
)
def test_it_is_trained_and_its_formats_answer_as_torch_does(
    tmp_path: Path,
    fit: Callable[..., StoredModel],
    settings: Callable[..., Any],
    make: Callable[[Path], Path],
) -> None:
    base = make(tmp_path / "base")
    stored = fit(
        settings(
            base_model=str(base),
            checkpoint_dir=tmp_path / "checkpoints",
            epochs=1,
            export=("openvino-fp32",),
        )
    )
    assert [(export.format, export.kept) for export in stored.card.exports] == [
        ("openvino-fp32", True)
    ], stored.card.exports
    (answer,) = Predictor.load(stored).predict(["a wonderful film"])
    assert np.isclose(sum(answer.probabilities.values()), 1)
    assert set(answer.probabilities) == {"bad", "good"}
