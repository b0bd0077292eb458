"""Which texts the n-grams answer, so that the encoder has half of the work.

N-grams are easily fooled by a review that turns round, so they answer only where they are
sure and have enough to go by: a long text, words seen in training, and an end that says
the same as the whole. Everything else goes to the encoder, or to both together where a
model combines them. Training chooses the limits and weights (`training.cascade_fitting`);
this module applies them.
"""

from collections.abc import Sequence

import numpy as np

from sentiment.calibration import FloatArray, probabilities
from sentiment.inference.encoding import Encoding, NgramAnswer
from sentiment.inference.ngrams import NgramClassifier, NgramReading
from sentiment.schema import CascadeRule
from sentiment.store import StoredModel


class Cascade:
    """N-grams, and the rule that says when they answer. Safe to use from several threads."""

    def __init__(
        self,
        ngrams: NgramClassifier,
        rule: CascadeRule | None,
        temperature: float,
        encoder: float,
        weights: tuple[float, float] | None = None,
    ) -> None:
        """`temperature` calibrates the n-grams' logits, `encoder` those of the encoder.

        `weights` are those of the encoder's and the n-grams' logits where both answer.
        """
        self._ngrams = ngrams
        self._rule = rule
        self._temperature = temperature
        self._to_encoder = encoder / temperature
        self._weights = weights

    @classmethod
    def load(cls, model: StoredModel) -> "Cascade | None":
        """Return the cascade of a stored model, None where it has none."""
        card = model.card.cascade
        if card is None:
            return None
        ngrams = NgramClassifier.read(model.folder)
        both = card.combination
        weights = (both.encoder, both.ngrams) if both is not None and both.used else None
        return cls(ngrams, card.rule, card.temperature, model.card.calibration.temperature, weights)

    def __call__(self, ids: Sequence[int]) -> NgramAnswer:
        """Return what the n-grams say of a text, given all its ids without special tokens.

        The logits are on the scale of the encoder's, so that one temperature calibrates both.
        """
        reading = self._ngrams.reading(ids)
        confidence = float(probabilities(reading.logits, self._temperature).max())
        return NgramAnswer(
            logits=reading.logits * self._to_encoder,
            decides=decides(self._rule, reading, confidence),
            weights=self._weights,
            seen=reading.seen,
        )

    def contributions(self, ids: Sequence[int], label: int) -> tuple[FloatArray, float]:
        """Return what each token adds to the calibrated log odds of a label, and the rest.

        `NgramClassifier.contributions` says what that is.
        """
        tokens, rest = self._ngrams.contributions(ids, label)
        return tokens / self._temperature, rest / self._temperature


def decides(rule: CascadeRule | None, reading: NgramReading, confidence: float) -> bool:
    """Return whether the n-grams may answer a text of which they are so sure, in [0, 1]."""
    return (
        rule is not None
        and confidence >= rule.confidence
        and reading.tokens >= rule.tokens
        and reading.seen >= rule.seen
        and (reading.steady or not rule.steady)
    )


def merged(encodings: Sequence[Encoding], computed: FloatArray) -> FloatArray:
    """Return logits (texts, labels): the n-grams' where they decide, else the next of `computed`.

    `computed` has a row for each text that the encoder has read, in order. What the
    n-grams say is added to it where the model combines both.
    """
    rows = np.zeros((len(encodings), computed.shape[1]), dtype=np.float32)
    rows[[not encoding.decided for encoding in encodings]] = computed
    return with_ngrams(encodings, rows)


def with_ngrams(encodings: Sequence[Encoding], logits: FloatArray) -> FloatArray:
    """Return the model's logits of all texts, given the encoder's, both (texts, labels)."""
    rows = logits.copy()
    for row, encoding in zip(rows, encodings, strict=True):
        if encoding.ngrams is not None:
            row[:] = encoding.ngrams.logits if encoding.decided else encoding.ngrams.combined(row)
    return rows
