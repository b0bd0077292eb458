"""What the model_server does on the event loop, what it leaves to threads, and its states."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import prometheus_client
import pytest

from sentiment.errors import ModelNotFound, NotReady
from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving import model_server as module
from sentiment.serving.metrics import Metrics
from sentiment.serving.model_server import LoadedModel, ModelServer
from sentiment.settings import ServingSettings
from tests.support.cards import make_card
from tests.support.runners import Gate


async def started(load: Any) -> ModelServer:
    model_server = ModelServer(ServingSettings(), load)
    model_server.start(Metrics(prometheus_client.CollectorRegistry()))
    return model_server


@pytest.mark.parametrize("texts", [["good", "", "bad"], "good " * 5000], ids=["list", "long"])
async def test_what_takes_long_to_check_is_checked_in_a_thread(
    texts: Any, tokenizer_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def check_text(*arguments: Any) -> None:
        threads.append(threading.current_thread())

    tokenizer = Tokenizer(tokenizer_folder, max_length=16)
    model_server = await started(
        lambda: LoadedModel("sentiment:1", make_card(), tokenizer, FakeEngine())
    )
    await model_server.started()
    monkeypatch.setattr(module, "check_text", check_text)
    await (
        model_server.predict(texts) if isinstance(texts, str) else model_server.predict_batch(texts)
    )
    await model_server.close()
    assert len(threads) == (1 if isinstance(texts, str) else 3)
    assert threading.main_thread() not in threads


async def test_a_load_that_fails_after_the_shutdown_began_changes_nothing() -> None:
    gate = Gate()

    def load() -> LoadedModel:
        gate(None)
        raise ModelNotFound("No model.")

    model_server = await started(load)
    await asyncio.to_thread(gate.reached.wait, 10)
    await model_server.close()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await model_server.started()
    assert model_server.state == "draining"


async def test_a_panic_while_a_model_is_loaded_is_told_and_not_waited_for() -> None:
    """That of a library in Rust is no `Exception`, and would leave the server starting for ever."""

    def load() -> LoadedModel:
        raise type("PanicException", (BaseException,), {})("index out of bounds")

    model_server = await started(load)
    await model_server.started()
    with pytest.raises(NotReady, match="could not be loaded: PanicException: index out of bounds"):
        model_server.require_ready()
    await model_server.close()
