"""A model that has really learned, from a minute of training on real reviews."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentiment import store
from sentiment.settings import RECIPES, TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.pipeline import train


@pytest.fixture(scope="package")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredModel]:
    """The quick recipe on 640 real reviews of at most 96 tokens, with its n-grams."""
    scratch: Path = tmp_path_factory.mktemp("checkpoints")
    changes = {"train_size": 640, "validation_size": 400, "max_length": 96, "precision": "fp32"}
    changes |= {"checkpoint_dir": scratch, "export": ("none",), "name": "learned"}
    settings = TrainingSettings.parse(RECIPES["quick"] | changes)
    yield store.find(train(settings, "quick"))
    assert list(scratch.glob("*")) == [], "a finished run leaves no checkpoint behind"
