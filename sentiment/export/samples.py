"""The texts that exporting needs: training ones to quantise on, validation ones to check."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.calibration import FloatArray, IntArray, probabilities
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.inference.engine import Engine
from sentiment.inference.predictor import batched_logits
from sentiment.schema import ModelCard

QUANTIZATION_TEXTS = 200  # 300 take half as long again, for hardly less error


@dataclass(frozen=True)
class ExportSamples:
    """Texts to quantise on, and texts to check with their labels and the model's temperature."""

    quantization_ids: Sequence[Sequence[int]]
    texts: Sequence[str]
    ids: Sequence[Sequence[int]]
    labels: IntArray
    temperature: float
    label_count: int

    def probabilities(self, engine: Engine, places: Sequence[int]) -> FloatArray:
        """Return calibrated probabilities of some of the texts to check."""
        logits = batched_logits(engine, [self.ids[place] for place in places], self.label_count)
        return probabilities(logits, self.temperature)


def take_samples(train: EncodedSplit, validation: EncodedSplit, card: ModelCard) -> ExportSamples:
    """Return the samples of a corpus's encoded splits.

    Training splits are shuffled, so the first texts are of mixed length.
    """
    return ExportSamples(
        quantization_ids=train.ids[:QUANTIZATION_TEXTS],
        texts=validation.texts,
        ids=validation.ids,
        labels=np.asarray(validation.labels),
        temperature=card.calibration.temperature,
        label_count=len(card.labels),
    )
