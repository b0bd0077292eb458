"""`bentoml serve tests.processes.service.quick:Sentiment`: the real service, an engine of 20 ms."""

import tempfile
import time
from pathlib import Path

from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.model_server import LoadedModel
from service import MODEL_SERVER, Sentiment
from tests.support.cards import make_card
from tests.support.tokenizers import write_tokenizer

__all__ = ["Sentiment"]


def load() -> LoadedModel:
    with tempfile.TemporaryDirectory() as folder:
        write_tokenizer(Path(folder))
        tokenizer = Tokenizer(Path(folder), max_length=64)
    engine = FakeEngine(before=lambda _: time.sleep(0.02))
    return LoadedModel("sentiment:quick", make_card(), tokenizer, engine)


MODEL_SERVER.load = load
