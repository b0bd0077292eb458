"""Each encoder family, from training to two independent ways of loading it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sentiment.inference.predictor import Predictor
from sentiment.store import StoredModel
from tests.support.models import FAMILIES, make_encoder
from tests.support.reviews import write_reviews

TEXTS = [
    "wonderful",
    "an awful boring film , and the ending was dreadful !",
    "the plot is " + "moving and honest " * 12,
    "zzz ??? unheard-of",
    "brilliant actor in a clumsy story",
]


@dataclass(frozen=True)
class Case:
    """A stored model of one family and the predictor over it."""

    stored: StoredModel
    predictor: Predictor


@pytest.fixture(scope="module", params=FAMILIES)
def case(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    fit: Callable[..., StoredModel],
    settings: Callable[..., Any],
) -> Case:
    """Train a family on reviews whose labels sort against the order asked for."""
    folder = tmp_path_factory.mktemp(request.param)
    stored = fit(
        settings(
            base_model=str(make_encoder(folder / "encoder", request.param)),
            data=str(write_reviews(folder / "own.csv", rows=60, labels=("1", "5"))),
            labels=("5=liked", "1=disliked"),
            checkpoint_dir=folder / "checkpoints",
            epochs=1,
        )
    )
    return Case(stored, Predictor.load(stored))


def reference(folder: Path, text: str) -> np.ndarray:
    """Return the logits of one text by transformers alone, unpadded."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return model(**tokenizer(text, return_tensors="pt")).logits[0].numpy()


def test_the_stored_family_is_the_one_trained(case: Case) -> None:
    from transformers import AutoConfig

    family = AutoConfig.from_pretrained(case.stored.card.base_model).model_type
    assert AutoConfig.from_pretrained(case.stored.folder).model_type == family


def test_the_stored_model_has_the_label_names_of_the_data(case: Case) -> None:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(case.stored.folder)
    assert config.id2label == {0: "liked", 1: "disliked"}
    assert case.stored.card.labels == ["liked", "disliked"]


def test_plain_transformers_gives_the_same_probabilities_one_text_at_a_time(case: Case) -> None:
    logits = np.stack([reference(case.stored.folder, text) for text in TEXTS])
    scaled = torch.from_numpy(logits).double() / case.stored.card.calibration.temperature
    expected = scaled.softmax(dim=-1).numpy()
    predicted = [list(p.probabilities.values()) for p in case.predictor.predict(TEXTS)]
    np.testing.assert_allclose(predicted, expected, atol=1e-5)


def test_plain_transformers_reads_the_same_token_ids(case: Case) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(case.stored.folder)
    ours = [encoding.ids for encoding in case.predictor.tokenizer.encode_batch(TEXTS)]
    assert ours == tokenizer(TEXTS)["input_ids"]


def test_a_text_in_a_batch_of_mixed_lengths_gets_the_logits_it_gets_alone(case: Case) -> None:
    encodings = case.predictor.tokenizer.encode_batch(TEXTS)
    together = case.predictor.engine.logits([encoding.ids for encoding in encodings])
    alone = [case.predictor.engine.logits([encoding.ids])[0] for encoding in encodings]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_texts_do_not_all_get_one_answer(case: Case) -> None:
    """Guards the comparisons above: equal answers to everything would pass them."""
    rows = case.predictor.logits(case.predictor.tokenizer.encode_batch(TEXTS))
    assert np.ptp(rows, axis=0).min() > 1e-3
