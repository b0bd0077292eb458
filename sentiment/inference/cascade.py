"""Which texts the n-grams answer, so that the encoder has half of the work.

N-grams are easily fooled by a review that turns round, so they answer only where they are
sure and have enough to go by: a long text, words seen in training, and an end that says
the same as the whole. Everything else goes to the encoder, and what the n-grams say of a
long text may be added to its answer. Training chooses the limits and weights
(`training.cascade_fitting`); this module applies them.
"""

from collections.abc import Sequence

import numpy as np

from sentiment.calibration import FloatArray, probabilities
from sentiment.inference.encoding import Encoding, NgramAnswer
from sentiment.inference.ngrams import NgramClassifier, NgramReading
from sentiment.schema import CascadeRule, Combination
from sentiment.store import StoredModel


class Cascade:
    """N-grams, and the rule that says when they answer. Safe to use from several threads."""

    def __init__(
        self,
        ngrams: NgramClassifier,
        rule: CascadeRule | None,
        temperature: float,
        encoder: float,
        combination: Combination | None = None,
    ) -> None:
        """`temperature` calibrates the n-grams' logits, `encoder` those of the encoder.

        `combination` says how both answer where the n-grams do not by themselves; without
        one, or with one that is not used, the encoder does alone.
        """
        self._ngrams = ngrams
        self._rule = rule
        self._temperature = temperature
        self._to_encoder = encoder / temperature
        self._combination = combination if combination is not None and combination.used else None

    @classmethod
    def load(cls, model: StoredModel) -> "Cascade | None":
        """Return the cascade of a stored model, None where it has none."""
        card = model.card.cascade
        if card is None:
            return None
        ngrams = NgramClassifier.read(model.folder)
        encoder = model.card.calibration.temperature
        return cls(ngrams, card.rule, card.temperature, encoder, card.combination)

    def __call__(self, ids: Sequence[int]) -> NgramAnswer:
        """Return what the n-grams say of a text, given all its ids without special tokens.

        The logits are on the scale of the encoder's, so that one temperature calibrates both.
        """
        reading = self._ngrams.reading(ids)
        confidence = float(probabilities(reading.logits, self._temperature).max())
        return NgramAnswer(
            logits=reading.logits * self._to_encoder,
            decides=decides(self._rule, reading, confidence),
            weights=self._weights(reading),
            seen=reading.seen,
        )

    def _weights(self, reading: NgramReading) -> tuple[float, float] | None:
        both = self._combination
        if both is None or reading.tokens < both.tokens:
            return None
        return both.encoder, both.ngrams

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
