"""The plain way from texts to predictions: no queue, no server.

`predict.py` and `evaluate.py` use it; the server does the same steps with its
runner in between, and answers the same.
"""

from collections.abc import Callable, Sequence

import numpy as np

from sentiment.calibration import FloatArray, probabilities
from sentiment.inference.batching import by_length
from sentiment.inference.engine import Engine
from sentiment.inference.tokenizing import Encoding, Tokenizer
from sentiment.inference.torch_engine import TorchEngine
from sentiment.schema import ModelCard, Prediction
from sentiment.settings import Device
from sentiment.store import StoredModel

_MAX_TOKENS = 4096  # of a micro-batch; larger ones are no faster on two cores
_MAX_TEXTS = 64


class Predictor:
    """A stored model, its tokenizer and an engine."""

    def __init__(self, tag: str, card: ModelCard, tokenizer: Tokenizer, engine: Engine) -> None:
        self.tag = tag
        self.card = card
        self.tokenizer = tokenizer
        self.engine = engine

    @classmethod
    def load(cls, model: StoredModel, device: Device = "auto", threads: int = 0) -> "Predictor":
        """Load a model of the store with the torch engine."""
        cut = model.card.truncation
        tokenizer = Tokenizer(model.folder, cut.max_length, cut.policy)
        return cls(model.tag, model.card, tokenizer, TorchEngine(model.folder, device, threads))

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
        lengths = [len(encoding.ids) for encoding in encodings]
        rows = np.zeros((len(encodings), len(self.card.labels)), dtype=np.float32)
        for batch in by_length(lengths, _MAX_TOKENS, _MAX_TEXTS):
            rows[batch] = self.engine.logits([encodings[index].ids for index in batch])
            progress(len(batch))
        return rows

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
