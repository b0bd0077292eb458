"""Fits the n-grams on all training texts, and finds the rule by which they may answer.

The rule is the one that leaves the encoder the least work of those that are safe: as
accurate and as well calibrated as the encoder alone on validation texts, and hardly
easier to fool in any ability of the behaviour suite. Where the n-grams do not answer by
themselves, what they say of a long enough text may be added to what the encoder says: if
validation gains by it, and the suite loses no more than by a rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sentiment.behaviour.judging import judge
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import (
    ENOUGH_TEXTS,
    FloatArray,
    IntArray,
    add_up,
    expected_calibration_error,
    fit_temperature,
    fit_weights,
    log_loss,
    log_losses,
    probabilities,
)
from sentiment.inference.cascade import decides
from sentiment.inference.ngrams import NgramClassifier, NgramReading
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import BehaviourReport, CascadeCard, CascadePoint, CascadeRule, Combination
from sentiment.settings import TrainingSettings
from sentiment.training.ngram_fitting import fit_ngrams

_LEAST_TRAINED = 1000  # n-grams of fewer texts have seen too little
_LEAST_SHARE = 0.1  # of the texts; for less the n-grams are not worth their memory
_MOST_LOST = 0.01  # of an ability of the suite
_MOST_MISCALIBRATED = 0.003  # more than the encoder alone

_TOKENS = (48, 64, 96, 128)
_SEEN_QUANTILES = (0.0, 0.1, 0.25)
_CONFIDENCES = np.concatenate([np.arange(0.5, 0.99, 0.01), [0.99, 0.995]])
_CURVE = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)  # told in the card


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and the indices of their labels."""

    texts: Sequence[str]
    labels: Sequence[int]


@dataclass(frozen=True)
class _Evidence:
    """What n-grams and encoder say of some texts."""

    readings: Sequence[NgramReading]
    ngrams: FloatArray
    """Calibrated probabilities of shape (texts, labels)."""
    encoder: FloatArray
    """The same of the encoder."""

    def long(self, tokens: int) -> npt.NDArray[np.bool_]:
        """Return which texts have so many tokens or more."""
        return np.array([reading.tokens >= tokens for reading in self.readings])

    def combined(self, weights: tuple[float, float], tokens: int) -> "_Evidence":
        """Return the same with both parts together in the encoder's place for long texts."""
        both = add_up(self.encoder, self.ngrams, weights)
        return replace(self, encoder=np.where(self.long(tokens)[:, None], both, self.encoder))

    def answered(self, rule: CascadeRule | None) -> tuple[npt.NDArray[np.bool_], FloatArray]:
        """Return which texts the n-grams answer, and the cascade's probabilities."""
        confidences = self.ngrams.max(axis=1).tolist()
        early = np.array(
            [
                decides(rule, reading, confidence)
                for reading, confidence in zip(self.readings, confidences, strict=True)
            ]
        )
        return early, np.where(early[:, None], self.ngrams, self.encoder)


def fit_cascade(
    folder: Path,
    train: LabelledTexts,
    validation: LabelledTexts,
    encoder: Predictor,
    encoder_logits: FloatArray,
    suite_logits: FloatArray | None,
    settings: TrainingSettings,
) -> CascadeCard | None:
    """Write n-grams into the model's `folder` and return their card; None if they do not help.

    `encoder` is the model without n-grams; `encoder_logits` are its answers, as it will be
    served, to the validation texts, and `suite_logits` those to the behaviour suite, None if
    that is not about such a model.
    """
    if len(train.texts) < _LEAST_TRAINED or len(validation.texts) < ENOUGH_TEXTS:
        return None
    tokenizer, names = encoder.tokenizer, encoder.card.labels
    labels = np.asarray(validation.labels)
    ngrams = fit_ngrams(
        tokenizer.text_ids(train.texts), train.labels, len(names), settings.class_weight
    )
    readings = _readings(ngrams, tokenizer, validation.texts)
    temperature = fit_temperature(_logits(readings), labels)

    def evidence(readings: list[NgramReading], answers: FloatArray) -> _Evidence:
        return _Evidence(
            readings,
            probabilities(_logits(readings), temperature),
            probabilities(answers, encoder.card.calibration.temperature),
        )

    trial = _Trial(evidence(readings, encoder_logits), labels, names)
    if suite_logits is not None:
        on_suite = _readings(ngrams, tokenizer, load_suite().texts)
        trial = replace(trial, suite=evidence(on_suite, suite_logits))
    combination = None if settings.combine == "off" else trial.combine(settings.combine == "on")
    alone = trial
    if combination is not None and combination.used:
        weights = combination.encoder, combination.ngrams
        trial = trial.combined(weights, combination.tokens)
    rule = trial.choose(alone)
    if rule is None and trial is alone:
        return None
    ngrams.write(folder)
    return CascadeCard(
        texts=len(train.texts),
        bytes=ngrams.weights.nbytes,
        temperature=temperature,
        ngrams_accuracy=_accuracy(trial.validation.ngrams, labels),
        encoder_accuracy=_accuracy(alone.validation.encoder, labels),
        validation_texts=len(labels),
        rule=rule,
        chosen=trial.point(rule),
        curve=[trial.point(rule.model_copy(update={"confidence": each})) for each in _CURVE]
        if rule is not None
        else [],
        combination=combination,
    )


def _readings(
    ngrams: NgramClassifier, tokenizer: Tokenizer, texts: Sequence[str]
) -> list[NgramReading]:
    return [ngrams.reading(ids) for ids in tokenizer.text_ids(texts)]


def _logits(readings: Sequence[NgramReading]) -> FloatArray:
    return np.stack([reading.logits for reading in readings])


@dataclass(frozen=True)
class _Trial:
    """What rules are tried on."""

    validation: _Evidence
    labels: IntArray
    """Of the validation texts."""
    names: Sequence[str]
    """Of the labels."""
    suite: _Evidence | None = None
    """Of the behaviour suite, None if it is not about such a model."""

    def combined(self, weights: tuple[float, float], tokens: int) -> "_Trial":
        """Return the same with both parts together in the encoder's place for long texts."""
        suite = self.suite.combined(weights, tokens) if self.suite else None
        return replace(self, validation=self.validation.combined(weights, tokens), suite=suite)

    def combine(self, insist: bool) -> Combination:
        """Return the weights that add up both parts, for texts as short as is safe.

        They are used if validation gains by them and the suite is safe, for which what n-grams
        say of short texts may have to be left out; or on demand, then for all texts if no
        bound is safe. Without the suite only a demand is enough. Bounds that leave too few
        validation texts are not tried.
        """
        bounds = [each for each in _TOKENS if self.validation.long(each).sum() >= ENOUGH_TEXTS]
        tried = [self._added_up(tokens) for tokens in (0, *bounds)]
        best = next((found for found, safe in tried if safe), None)
        return (best or tried[0][0]).model_copy(update={"used": insist or best is not None})

    def _added_up(self, tokens: int) -> tuple[Combination, bool]:
        """Return weights for texts of so many tokens, and whether they are safe and a gain.

        Validation gains if its log loss falls by more than twice the standard error of the
        fall, and fewer texts are right by no more than one standard error. The suite is safe
        if it fails no more on average, and no more edited pairs do, nor any ability by more
        than a point.
        """
        evidence, labels = self.validation, self.labels
        long = evidence.long(tokens)
        weights = fit_weights(evidence.encoder[long], evidence.ngrams[long], labels[long])
        together = self.combined(weights, tokens)
        before, after = evidence.encoder, together.validation.encoder
        falls = log_losses(before, labels) - log_losses(after, labels)
        rises = _right(after, labels).astype(float) - _right(before, labels)
        gains = falls.mean() > 2 * _standard_error(falls) and rises.mean() >= -_standard_error(
            rises
        )
        found = Combination(
            encoder=weights[0],
            ngrams=weights[1],
            tokens=tokens,
            used=False,
            **together.point(None).model_dump(exclude={"confidence", "share"}),
        )
        return found, gains and together._no_easier_to_fool_than(self)

    def _no_easier_to_fool_than(self, other: "_Trial") -> bool:
        if self.suite is None or other.suite is None:
            return False
        after, before = self._judged(self.suite.encoder), self._judged(other.suite.encoder)
        return (
            after.mean_failure <= before.mean_failure
            and after.both_right >= before.both_right
            and _loses_little(after, before)
        )

    def choose(self, alone: "_Trial") -> CascadeRule | None:
        """Return the safe rule with which the n-grams answer most, None if there is none.

        Safe is what the suite shows to be hardly easier to fool than the encoder `alone`.
        Without the suite only rules are safe that ask for an end that says the same.
        """
        before = self._judged(alone.suite.encoder) if alone.suite else None
        for _, rule in sorted(self._accurate(alone), key=lambda each: -each[0]):
            if self.suite is None or before is None:
                if rule.steady:
                    return rule
                continue
            if _loses_little(self._judged(self.suite.answered(rule)[1]), before):
                return rule
        return None

    def _accurate(self, alone: "_Trial") -> Iterator[tuple[float, CascadeRule]]:
        """Yield rules that lose nothing on validation texts, each after its share of them.

        As many are right as without the rule, as well calibrated; the log loss is no more than
        that of the encoder `alone`.
        """
        evidence, labels = self.validation, self.labels
        accuracy = _accuracy(evidence.encoder, labels)
        error = expected_calibration_error(evidence.encoder, labels)
        loss = log_loss(alone.validation.encoder, labels)
        for rule in _rules(evidence, least=_accuracy(alone.validation.encoder, labels)):
            early, rows = evidence.answered(rule)
            if (
                early.mean() >= _LEAST_SHARE
                and _accuracy(rows, labels) >= accuracy
                and log_loss(rows, labels) <= loss
                and expected_calibration_error(rows, labels) <= error + _MOST_MISCALIBRATED
            ):
                yield float(early.mean()), rule

    def _judged(self, rows: FloatArray) -> BehaviourReport:
        return judge(load_suite(), rows, self.names)

    def point(self, rule: CascadeRule | None) -> CascadePoint:
        """Return what a rule does; None is one that lets n-grams answer nothing."""
        early, rows = self.validation.answered(rule)
        judged = self._judged(self.suite.answered(rule)[1]) if self.suite else None
        return CascadePoint(
            confidence=1.0 if rule is None else rule.confidence,
            share=float(early.mean()),
            accuracy=_accuracy(rows, self.labels),
            log_loss=log_loss(rows, self.labels),
            expected_calibration_error=expected_calibration_error(rows, self.labels),
            pairs_right=judged.both_right if judged else None,
        )


def _loses_little(after: BehaviourReport, before: BehaviourReport) -> bool:
    """Return whether no ability of the suite fails more often, but for a point."""
    return all(
        now.rate <= then.rate + _MOST_LOST
        for now, then in zip(after.abilities, before.abilities, strict=True)
    )


def _rules(evidence: _Evidence, least: float) -> Iterator[CascadeRule]:
    """Yield the rules to try; n-grams have to be as sure as the encoder is right on average."""
    seen = np.quantile([reading.seen for reading in evidence.readings], _SEEN_QUANTILES)
    confidences = _CONFIDENCES[least <= _CONFIDENCES]
    for confidence, tokens, share, steady in product(confidences, _TOKENS, seen, (True, False)):
        yield CascadeRule(
            confidence=round(float(confidence), 3),
            tokens=tokens,
            seen=round(float(share), 3),
            steady=steady,
        )


def _accuracy(rows: FloatArray, labels: IntArray) -> float:
    return float(_right(rows, labels).mean())


def _right(rows: FloatArray, labels: IntArray) -> npt.NDArray[np.bool_]:
    return np.asarray(rows.argmax(axis=1) == labels)


def _standard_error(values: FloatArray) -> float:
    """Return that of the mean of values."""
    return float(values.std() / np.sqrt(len(values)))
