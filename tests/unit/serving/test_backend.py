"""What the backend does on the event loop, what it leaves to threads, and its states."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import prometheus_client
import pytest

from sentiment.errors import ModelNotFound
from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving import backend as module
from sentiment.serving.backend import Backend, Loaded
from sentiment.serving.metrics import Metrics
from sentiment.settings import ServingSettings
from tests.helpers import make_card
from tests.unit.serving.parts import Gate


async def started(load: Any) -> Backend:
    backend = Backend(ServingSettings(), load)
    backend.start(Metrics(prometheus_client.CollectorRegistry()))
    return backend


@pytest.mark.parametrize("texts", [["good", "", "bad"], "good " * 5000], ids=["list", "long"])
async def test_what_takes_long_to_check_is_checked_in_a_thread(
    texts: Any, tokenizer_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def check(*arguments: Any) -> None:
        threads.append(threading.current_thread())

    tokenizer = Tokenizer(tokenizer_folder, max_length=16)
    backend = await started(lambda: Loaded("sentiment:1", make_card(), tokenizer, FakeEngine()))
    await backend.started()
    monkeypatch.setattr(module, "check", check)
    await (backend.predict(texts) if isinstance(texts, str) else backend.predict_batch(texts))
    await backend.close()
    assert len(threads) == (1 if isinstance(texts, str) else 3)
    assert threading.main_thread() not in threads


async def test_a_load_that_fails_after_the_shutdown_began_changes_nothing() -> None:
    gate = Gate()

    def load() -> Loaded:
        gate(None)
        raise ModelNotFound("No model.")

    backend = await started(load)
    await asyncio.to_thread(gate.reached.wait, 10)
    await backend.close()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await backend.started()
    assert backend.state == "draining"
