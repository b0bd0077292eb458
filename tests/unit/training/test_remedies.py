"""Each remedy that an error about the size of an encoder names is followed to its end."""

import re
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import UsageError
from sentiment.settings import TrainingSettings
from sentiment.training.classifier import load_classifier
from tests.support.models import make_encoder


@pytest.mark.parametrize(
    ("family", "name", "value", "suggested"),
    [
        ("bert", "max_length", 4000, r"--max-length (\d+) or less"),
        ("roberta", "max_length", 4000, r"--max-length (\d+) or less"),
        ("bert", "frozen_layers", 3, r"--frozen-layers (\d+) or less"),
        ("albert", "frozen_layers", 1, r"--frozen-layers (0)"),
        ("bert", "keep_layers", "0,2", r"layers from 0 to (\d+)"),
    ],
)
def test_the_size_that_is_suggested_is_one_that_loads(
    tmp_path: Path, family: str, name: str, value: Any, suggested: str
) -> None:
    given = {"base_model": str(make_encoder(tmp_path, family)), "max_length": 48}
    with pytest.raises(UsageError) as caught:
        load_classifier(TrainingSettings.parse({**given, name: value}), ["neg", "pos"])
    (suggestion,) = re.findall(suggested, str(caught.value))
    load_classifier(TrainingSettings.parse({**given, name: suggestion}), ["neg", "pos"])
