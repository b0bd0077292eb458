"""The texts that exporting needs: training ones to calibrate on, validation ones to check."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.calibration import FloatArray, IntArray, probabilities
from sentiment.data import Corpus
from sentiment.inference.engine import Engine
from sentiment.inference.predictor import batched_logits
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard

CALIBRATION_TEXTS = 300  # 128 take half the time, and a tenth more error


@dataclass(frozen=True)
class Encoded:
    """A split as token ids, cut as they are served, and labels."""

    ids: list[list[int]]
    labels: list[int]

    @property
    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return [len(ids) for ids in self.ids]


@dataclass(frozen=True)
class Samples:
    """Texts to calibrate on and texts to check, with what turns logits into probabilities."""

    calibration: Sequence[Sequence[int]]
    texts: Sequence[str]
    ids: Sequence[Sequence[int]]
    labels: IntArray
    temperature: float
    label_count: int

    def probabilities(self, engine: Engine, places: Sequence[int]) -> FloatArray:
        """Return calibrated probabilities of some of the texts to check."""
        logits = batched_logits(engine, [self.ids[place] for place in places], self.label_count)
        return probabilities(logits, self.temperature)


def encode(corpus: Corpus, split: str, tokenizer: Tokenizer) -> Encoded:
    """Return a split of the corpus as the tokenizer reads it."""
    rows = corpus.splits[split][:]
    encodings = tokenizer.encode_batch(rows["text"])
    return Encoded([encoding.ids for encoding in encodings], rows["label"])


def take_samples(corpus: Corpus, encoded: dict[str, Encoded], card: ModelCard) -> Samples:
    """Return the samples of a corpus whose train and validation splits are encoded.

    Training splits are shuffled, so the first texts are of mixed length.
    """
    return Samples(
        calibration=encoded["train"].ids[:CALIBRATION_TEXTS],
        texts=corpus.splits["validation"][:]["text"],
        ids=encoded["validation"].ids,
        labels=np.asarray(encoded["validation"].labels),
        temperature=card.calibration.temperature,
        label_count=len(card.labels),
    )
