"""`bentoml serve tests.processes.service.marked:Sentiment`: marks the answers BentoML has seen.

The real service over a fake engine, with one more middleware inside BentoML's own, which
adds a header to whatever passes it: also to what the inner copy of our middleware answers.
"""

import tempfile
from pathlib import Path
from typing import Any

from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.model_server import LoadedModel
from service import MODEL_SERVER, Sentiment
from tests.support.cards import make_card
from tests.support.tokenizers import write_tokenizer

__all__ = ["Sentiment"]

MARK = (b"x-seen-by-bentoml", b"yes")


class Marking:
    """Adds the mark to each answer."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], MARK]
            await send(message)

        await self._app(scope, receive, send_marked)


def load() -> LoadedModel:
    with tempfile.TemporaryDirectory() as folder:
        write_tokenizer(Path(folder))
        tokenizer = Tokenizer(Path(folder), max_length=64)
    return LoadedModel("sentiment:marked", make_card(), tokenizer, FakeEngine())


Sentiment.middlewares.insert(0, (Marking, {}))  # the first one is the outermost
MODEL_SERVER.load = load
