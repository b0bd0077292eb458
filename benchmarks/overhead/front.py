"""`bentoml serve front:Sentiment`: the service with an engine that computes nothing.

What its answers cost is the code's own. It runs from a copy in a folder of its own, so that it
serves the code that PYTHONPATH names, an earlier commit's or this one's.
"""

import os
from collections.abc import Sequence

import numpy as np

from sentiment.inference.engine import Engine, Logits
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import EngineInfo
from sentiment.serving.model_server import LoadedModel  # type: ignore[attr-defined]
from sentiment.store import find
from service import MODEL_SERVER, Sentiment

__all__ = ["Sentiment"]


class NoEngine(Engine):
    """Says the same of every text."""

    streams = 1

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        """Return zeros, shape (texts, 2)."""
        return np.zeros((len(batch), 2), dtype=np.float32)

    def describe(self) -> EngineInfo:
        """Return the fields that the real engines have."""
        return EngineInfo(
            backend="none", device="cpu", precision="fp32", float="fp32", threads=1, streams=1
        )


def load() -> LoadedModel:
    """Return the model without its engine."""
    model = find(os.environ["SENTIMENT_MODEL"])
    cut = model.card.truncation
    tokenizer = Tokenizer(model.folder, cut.max_length, cut.policy)
    return LoadedModel(model.tag, model.card, tokenizer, NoEngine())


MODEL_SERVER.load = load
