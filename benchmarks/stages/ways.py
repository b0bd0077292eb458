"""Ways to answer texts from what the parts of a model say of them.

Each is fitted on validation texts: temperatures, weights, and for each stage the least
confidence with which it answers, so that what it answers is as accurate as the encoder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.stages.evidence import Evidence
from sentiment.calibration import (
    FloatArray,
    IntArray,
    add_up,
    fit_temperature,
    fit_weights,
    log_loss,
    probabilities,
)

_CONFIDENCES = np.concatenate([np.arange(0.5, 0.99, 0.01), [0.99, 0.995, 0.998]])
_HALF = 0.5  # of the encoder's layers
LONG = 48
"""Tokens of a text that n-grams may answer together with the encoder where that is so bounded."""
_STRENGTH = 1.0  # inverse of the regularisation of weights by evidence

Part = Callable[[Evidence], FloatArray]
"""Logits of shape (texts, labels), or features of a text."""


@dataclass(frozen=True)
class Answered:
    """What a way answers to some texts."""

    rows: FloatArray
    """Probabilities of shape (texts, labels)."""
    work: FloatArray
    """Of each text, as a share of the encoder's for a text that it reads in full."""


Way = Callable[[Evidence], Answered]


def ways(validation: Evidence, labels: IntArray) -> Mapping[str, Way]:
    """Return each way, fitted on validation texts."""
    encoder = _calibrated(lambda texts: texts.encoder, validation, labels)
    ngrams = _calibrated(lambda texts: texts.ngrams, validation, labels)
    shorter = _calibrated(lambda texts: texts.shorter, validation, labels)
    half = _calibrated(lambda texts: texts.half, validation, labels)
    pruned = _calibrated(lambda texts: texts.pruned, validation, labels)
    weighed = _by_evidence(validation, labels)
    cleaned = _combined(encoder, pruned, validation, labels)
    combined = _combined(encoder, ngrams, validation, labels)
    of_long = _in_long_texts(combined, encoder)

    def first_ngrams(rest: Way) -> Way:
        def way(texts: Evidence) -> Answered:
            others = rest(texts)
            rows = np.where(texts.early[:, None], ngrams(texts), others.rows)
            return Answered(rows, np.where(texts.early, 0.0, others.work))

        return way

    whole = _constant(encoder, 1.0)
    fewer = _staged(shorter, lambda texts: texts.shorter_work, encoder, None, validation, labels)
    leaving = _staged(half, _half_work, encoder, _rest_of_layers, validation, labels)
    return {
        "n-grams": _constant(ngrams, 0.0),
        "n-grams, pruned where edits flip them": _constant(pruned, 0.0),
        "encoder": whole,
        "n-grams, then the encoder (the cascade)": first_ngrams(whole),
        "half of the layers, then the others": leaving,
        "n-grams, half of the layers, then the others": first_ngrams(leaving),
        "128 tokens, then all": fewer,
        "n-grams, 128 tokens, then all": first_ngrams(fewer),
        "combination of n-grams and encoder": _constant(combined, 1.0),
        f"combination, in texts of {LONG} tokens or more": _constant(of_long, 1.0),
        "combination, its weights by the evidence": _constant(weighed, 1.0),
        "combination, n-grams pruned where edits flip them": _constant(cleaned, 1.0),
        "n-grams, then the combination": first_ngrams(_constant(combined, 1.0)),
        f"n-grams, then the combination in texts of {LONG} tokens or more": first_ngrams(
            _constant(of_long, 1.0)
        ),
    }


def _constant(part: Part, work: float) -> Way:
    return lambda texts: Answered(part(texts), np.full(len(texts.early), work))


def _calibrated(part: Part, validation: Evidence, labels: IntArray) -> Part:
    """Return the part's calibrated probabilities."""
    temperature = fit_temperature(part(validation), labels)
    return lambda texts: probabilities(part(texts), temperature)


def _combined(encoder: Part, ngrams: Part, validation: Evidence, labels: IntArray) -> Part:
    """Return the probabilities of both calibrated parts, added up as training does it."""
    weights = fit_weights(encoder(validation), ngrams(validation), labels)
    return lambda texts: add_up(encoder(texts), ngrams(texts), weights)


def _in_long_texts(part: Part, otherwise: Part) -> Part:
    """Return the probabilities of a part for long texts, and those of the other for the rest."""

    def rows(texts: Evidence) -> FloatArray:
        return np.where(texts.tokens[:, None] >= LONG, part(texts), otherwise(texts))

    return rows


def _by_evidence(validation: Evidence, labels: IntArray) -> Part:
    """Return the probabilities of a logistic regression over what both parts say.

    What n-grams say is there again times how much of a text they know.
    """
    from sklearn.linear_model import LogisticRegression

    def features(texts: Evidence) -> FloatArray:
        encoder, ngrams = (rows[:, 1:] - rows[:, :1] for rows in (texts.encoder, texts.ngrams))
        known = (texts.seen - 0.5)[:, None]
        return np.hstack([encoder, ngrams, ngrams * known, ngrams * texts.early[:, None]])

    model = LogisticRegression(C=_STRENGTH).fit(features(validation), labels)
    return lambda texts: np.asarray(model.predict_proba(features(texts)))


def _half_work(texts: Evidence) -> FloatArray:
    return _HALF * texts.shorter_work


def _rest_of_layers(texts: Evidence) -> FloatArray:
    """Return the work of the other layers: they go on where the text was read in full."""
    return np.where(texts.shorter_work < 1, 1.0, 1 - _HALF)


def _staged(
    first: Part,
    cost: Part,
    then: Part,
    then_cost: Part | None,
    validation: Evidence,
    labels: IntArray,
) -> Way:
    """Return a first stage that answers what it is sure enough of, and the encoder for the rest.

    The least confidence is the smallest with which validation loses neither accuracy nor
    log loss against the encoder alone; one that nothing reaches if there is none.
    """

    def with_confidence(least: float, texts: Evidence) -> Answered:
        rows = first(texts)
        early: npt.NDArray[np.bool_] = rows.max(axis=1) >= least
        rest = np.ones(len(rows)) if then_cost is None else then_cost(texts)
        work = cost(texts) + np.where(early, 0.0, rest)
        return Answered(np.where(early[:, None], rows, then(texts)), work)

    alone = then(validation)
    right, loss = _accuracy(alone, labels), log_loss(alone, labels)
    safe = [
        float(least)
        for least in _CONFIDENCES
        if (rows := with_confidence(least, validation).rows) is not None
        and _accuracy(rows, labels) >= right
        and log_loss(rows, labels) <= loss
    ]
    chosen = min(safe, default=2.0)
    return lambda texts: with_confidence(chosen, texts)


def _accuracy(rows: FloatArray, labels: IntArray) -> float:
    return float((rows.argmax(axis=1) == labels).mean())
