"""What cannot be opened or answers wrongly is passed over, and what is left is told."""

import dataclasses
import logging
from pathlib import Path
from typing import Any

import numpy as np
import prometheus_client
import pytest

from sentiment import store
from sentiment.calibration import probabilities
from sentiment.inference.fake import FakeEngine
from sentiment.inference.golden import GoldenSet
from sentiment.inference.stored_format import StoredFormat
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.loading import LoadedModel, load
from sentiment.serving.metrics import Metrics
from sentiment.serving.model_server import ModelServer
from sentiment.settings import EngineSettings, ServingSettings
from tests.support.cards import make_card
from tests.support.models import store_classifier


@pytest.fixture
def right(tokenizer_folder: Path) -> LoadedModel:
    """A model whose engine answers its golden set as it should."""
    tokenizer, engine = Tokenizer(tokenizer_folder, max_length=16), FakeEngine()
    texts = ["good film", "bad plot"]
    logits = engine.logits([encoding.ids for encoding in tokenizer.encode_batch(texts)])
    card = make_card()
    golden = GoldenSet(texts, probabilities(logits, card.calibration.temperature))
    return LoadedModel("sentiment:right", card, tokenizer, engine, golden)


def wrong(right: LoadedModel) -> LoadedModel:
    """Return the same model with an engine whose answers differ, which passes on to the right."""
    assert right.golden is not None
    golden = dataclasses.replace(
        right.golden, probabilities=np.asarray(right.golden.probabilities)[:, ::-1] * 0.5
    )
    return dataclasses.replace(
        right,
        golden=golden,
        next_choice=lambda reason: dataclasses.replace(right, passed_over=(reason,)),
    )


async def test_what_differs_from_the_golden_set_is_passed_over(right: LoadedModel) -> None:
    server = ModelServer(ServingSettings(), lambda: wrong(right))
    server.start(Metrics(prometheus_client.CollectorRegistry()))
    await server.started()
    (reason,) = server.describe().passed_over
    assert "golden set differs" in reason
    await server.close()


async def test_an_engine_that_fails_at_its_first_text_is_passed_over_in_its_words(
    right: LoadedModel,
) -> None:
    class Failing(FakeEngine):
        def logits(self, *_: object, **__: object) -> Any:
            raise ValueError("no such instruction")

    failing = dataclasses.replace(wrong(right), engine=Failing())
    server = ModelServer(ServingSettings(), lambda: failing)
    server.start(Metrics(prometheus_client.CollectorRegistry()))
    await server.started()
    assert server.describe().passed_over == ["ValueError: no such instruction"]
    await server.close()


async def test_if_nothing_answers_right_the_server_is_not_ready(right: LoadedModel) -> None:
    server = ModelServer(
        ServingSettings(), lambda: dataclasses.replace(wrong(right), next_choice=None)
    )
    server.start(Metrics(prometheus_client.CollectorRegistry()))
    await server.started()
    assert server.state == "failed"


async def test_what_serves_at_once_passes_nothing_over(right: LoadedModel) -> None:
    server = ModelServer(ServingSettings(), lambda: right)
    server.start(Metrics(prometheus_client.CollectorRegistry()))
    await server.started()
    assert server.describe().passed_over == []
    await server.close()


def test_a_format_that_cannot_be_opened_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    model = store.find(store_classifier(name="unopened"))
    file = StoredFormat("openvino", "int8").file(model.folder)
    file.parent.mkdir()
    for part in (file, file.with_suffix(".bin")):
        part.write_text("not a model")
    with caplog.at_level(logging.WARNING):
        loaded = load(model, EngineSettings(device="cpu"))
    assert loaded.engine.describe().backend == "torch"
    assert all(reason.startswith("openvino in int8") for reason in loaded.passed_over)
    assert loaded.passed_over
    assert "openvino in int8 is passed over" in caplog.text
    assert loaded.next_choice is None


def test_what_is_asked_for_and_cannot_be_opened_is_an_error() -> None:
    model = store.find(store_classifier(name="asked"))
    file = StoredFormat("openvino", "int8").file(model.folder)
    file.parent.mkdir()
    for part in (file, file.with_suffix(".bin")):
        part.write_text("not a model")
    with pytest.raises(RuntimeError):
        load(model, EngineSettings(backend="openvino", precision="int8"))
