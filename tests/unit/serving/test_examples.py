"""What `/docs` shows is about the model that is served."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.inference.fake import FakeEngine
from sentiment.inference.golden import GoldenSet
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import (
    BatchResult,
    FeedbackRequest,
    Prediction,
    PredictRequest,
    Schema,
    ServedModel,
)
from sentiment.serving.examples import example, examples_of
from sentiment.serving.model_server import LoadedModel
from sentiment.serving.openapi import document
from sentiment.serving.routes import ROUTES
from sentiment.settings import ServingSettings
from tests.support.cards import make_card

LABELS = ["billing", "delivery", "other"]
GOLDEN = GoldenSet(
    ["my good parcel never came to me", "good film"],
    np.array([[0.1, 0.8, 0.1], [0.2, 0.3, 0.5]]),
)


def served(tokenizer_folder: Path, source: str = "tickets.csv") -> LoadedModel:
    data = {**make_card().data.model_dump(), "source": source}
    card = make_card(labels=LABELS, data=data)
    return LoadedModel("tickets:1", card, Tokenizer(tokenizer_folder, 16), FakeEngine(), GOLDEN)


def test_an_answer_is_in_the_models_own_labels(tokenizer_folder: Path) -> None:
    model = served(tokenizer_folder)
    examples = examples_of(model, show_texts=False)
    answer = example(Prediction, examples)
    assert list(answer["probabilities"]) == LABELS
    assert answer["label"] in LABELS
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=0.02)
    assert answer["model"] == "tickets:1"
    assert example(BatchResult, examples)["results"][0] == answer
    told = example(FeedbackRequest, examples)
    assert told["said"] == answer["label"]
    assert told["label"] in set(LABELS) - {told["said"]}
    assert example(ServedModel, examples)["card"] == model.card.model_dump(mode="json")


@pytest.mark.parametrize(
    ("source", "show", "text"),
    [
        ("tickets.csv", False, "The text that is to be classified."),
        ("packaged", False, "A waste of two hours."),
        ("tickets.csv", True, "good film"),
    ],
    ids=["private", "reviews", "with consent"],
)
def test_a_validation_text_is_shown_with_consent_only(
    tokenizer_folder: Path, source: str, show: bool, text: str
) -> None:
    examples = examples_of(served(tokenizer_folder, source), show)
    assert example(PredictRequest, examples)["text"] == text
    shown: Any = example(Prediction, examples)["probabilities"]
    assert (list(shown.values()) == [0.2, 0.3, 0.5]) == show


def test_the_document_has_them_in_place_of_the_films(tokenizer_folder: Path) -> None:
    examples = examples_of(served(tokenizer_folder), show_texts=False)
    shown = str(document(ROUTES, ServingSettings(), examples)["paths"])
    assert "delivery" in shown
    assert "waste of two hours" not in shown


def test_a_field_without_an_example_is_named() -> None:
    class Bare(Schema):
        reason: str

    with pytest.raises(TypeError, match=r"Bare\.reason has no example\. Declare it"):
        example(Bare, {})
