"""The plain way from texts to predictions: no queue, no server.

`predict.py` and `evaluate.py` use it; the server does the same steps with its
runner in between, and answers the same.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sentiment.calibration import FloatArray, probabilities
from sentiment.inference.backends import open_engine
from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine
from sentiment.inference.tokenizing import Encoding, Tokenizer
from sentiment.schema import ModelCard, Prediction
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel

MAX_TOKENS = 2048  # of a micro-batch; larger ones are hardly faster and take more memory
MAX_TEXTS = 64


class Predictor:
    """A stored model, its tokenizer and an engine."""

    def __init__(self, tag: str, card: ModelCard, tokenizer: Tokenizer, engine: Engine) -> None:
        self.tag = tag
        self.card = card
        self.tokenizer = tokenizer
        self.engine = engine

    @classmethod
    def load(cls, model: StoredModel, settings: EngineSettings | None = None) -> "Predictor":
        """Load a model of the store with the backend that the settings name."""
        cut = model.card.truncation
        tokenizer = Tokenizer(model.folder, cut.max_length, cut.policy)
        engine = open_engine(model.folder, settings or EngineSettings.parse({}), cut.max_length)
        return cls(model.tag, model.card, tokenizer, engine)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Return one prediction a text, in order."""
        if not texts:
            return []
        encodings = self.tokenizer.encode_batch(texts)
        return self.predictions(encodings, self.logits(encodings))

    def logits(
        self, encodings: Sequence[Encoding], progress: Callable[[int], object] = int
    ) -> FloatArray:
        """Return logits of shape (texts, labels); call `progress` with each batch's texts."""
        ids = [encoding.ids for encoding in encodings]
        return batched_logits(self.engine, ids, len(self.card.labels), progress)

    def predictions(self, encodings: Sequence[Encoding], logits: FloatArray) -> list[Prediction]:
        """Return calibrated predictions for rows of logits."""
        rows = probabilities(logits, self.card.calibration.temperature).tolist()
        return [
            Prediction.of(
                row,
                self.card.labels,
                truncated=encoding.truncated,
                tokens=encoding.tokens,
                model=self.tag,
            )
            for row, encoding in zip(rows, encodings, strict=True)
        ]


def batched_logits(
    engine: Engine,
    texts: Sequence[Sequence[int]],
    labels: int,
    progress: Callable[[int], object] = int,
) -> FloatArray:
    """Return logits (texts, labels), with as many micro-batches at once as the engine has streams.

    Calls `progress` with the number of texts of each micro-batch that is done.
    """
    rows = np.zeros((len(texts), labels), dtype=np.float32)
    batches = list(by_length(list(map(len, texts)), MAX_TOKENS, MAX_TEXTS))

    def compute(batch: list[int]) -> None:
        rows[batch] = engine.logits([texts[index] for index in batch], len(batches) == 1)

    with ThreadPoolExecutor(engine.streams) as pool:
        for batch, _ in zip(batches, pool.map(compute, batches), strict=True):
            progress(len(batch))
    return rows
