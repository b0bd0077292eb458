"""A stored model that OpenVINO computes, a predictor without weights, and corpora."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sentiment import store
from sentiment.inference.fake import FakeEngine
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard
from tests.support.cards import make_card
from tests.support.models import store_classifier


@pytest.fixture(scope="session")
def tag() -> str:
    """A small random classifier with an OpenVINO format, in the store."""
    return store_classifier(name="scoring", openvino=True)


@pytest.fixture
def predictor(card: ModelCard, tokenizer_folder: Path) -> Callable[..., Predictor]:
    """Return a function from the settings of a fake engine to its predictor."""

    def make(**options: object) -> Predictor:
        tokenizer = Tokenizer(tokenizer_folder, card.truncation.max_length)
        return Predictor("sentiment:1", card, tokenizer, FakeEngine(**options))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def other_tag() -> str:
    """Another model, which must not go on with what the first one began."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "openvino-fp32").mkdir()
        (Path(scratch) / "openvino-fp32" / "model.xml").touch()
        return store.save("other", Path(scratch), make_card(), np.empty(0, dtype=np.uint64))
