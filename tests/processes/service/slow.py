"""`bentoml serve tests.processes.service.slow:Sentiment`: the real service, a slow engine.

A text with the word `dull` takes as long as nobody would wait; the model takes a
while to load if SLOW_LOAD says so.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.model_server import LoadedModel
from service import MODEL_SERVER, Sentiment
from tests.support.cards import make_card
from tests.support.tokenizers import token_id, write_tokenizer

__all__ = ["Sentiment"]


def dawdle(batch: Sequence[Sequence[int]]) -> None:
    if any(token_id("dull") in text for text in batch):
        time.sleep(300)


def load() -> LoadedModel:
    time.sleep(float(os.environ.get("SLOW_LOAD", "0")))
    with tempfile.TemporaryDirectory() as folder:
        write_tokenizer(Path(folder))
        tokenizer = Tokenizer(Path(folder), max_length=64)
    return LoadedModel("sentiment:slow", make_card(), tokenizer, FakeEngine(before=dawdle))


MODEL_SERVER.load = load
