"""The report on a model: leaves out texts that it has seen, compares answers with labels."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sentiment import data
from sentiment.behaviour.judging import judge_logits
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import FloatArray, IntArray, probabilities
from sentiment.errors import DataError, listed
from sentiment.evaluation.metrics import FEW_TEXTS, measure, measure_part
from sentiment.evaluation.older_splits import unseen_rows
from sentiment.evaluation.text_report import to_text
from sentiment.inference.cascade import with_ngrams
from sentiment.inference.encoding import Encoding
from sentiment.inference.predictor import Predictor, batched_logits
from sentiment.schema import BehaviourReport, EngineInfo, ModelCard
from sentiment.settings import DataSettings

_IMBALANCED = 0.8  # if the largest label has this share or more, accuracy misleads
_MOST_NAMED = 10  # labels in a warning


class Model(Protocol):
    """A model to evaluate, in the store or behind a server."""

    @property
    def tag(self) -> str: ...

    @property
    def card(self) -> ModelCard: ...

    def seen_hashes(self) -> npt.NDArray[np.uint64] | None:
        """Return the hashes of the texts it was trained or calibrated on, None if unknown."""
        ...


@dataclass(frozen=True)
class Parts:
    """What the two parts of a cascade say of the same texts, each by itself."""

    ngrams: FloatArray
    """Logits of shape (texts, labels), on the scale of the encoder's."""
    encoder: FloatArray
    """Logits of shape (texts, labels)."""
    early: npt.NDArray[np.bool_]
    """Which texts the n-grams answer, of shape (texts,)."""
    both: npt.NDArray[np.bool_]
    """Which texts both answer together, of the same shape."""


@dataclass(frozen=True)
class Answers:
    """What a model answered to the texts of a test split."""

    tag: str
    card: ModelCard
    engine: EngineInfo
    logits: FloatArray
    """Of shape (readable texts, labels), before calibration."""
    truncated: int
    """The number of texts of which it read only part."""
    unreadable: Sequence[int] = ()
    """Places of the texts that it refused, and `logits` does not have, because no token of
    theirs is in its vocabulary."""
    parts: Parts | None = None
    """The parts of a cascade that is loaded here."""


@dataclass(frozen=True)
class Report:
    """The results of one model on one test split."""

    values: dict[str, Any]
    """JSON-ready: the model, the data, the engine and every metric."""
    text: str
    """The same, formatted for a terminal."""


def test_split(model: Model, given: dict[str, Any]) -> data.Corpus:
    """Return the data to evaluate on: the model's own test split unless `given` names another.

    Raises `DataError` when the model's own data are no longer what it was
    trained on.
    """
    if "data" in given:
        settings = DataSettings.parse({"seed": model.card.settings["seed"], **given})
        corpus = data.load_test(settings, model.card.labels)
    else:
        names = DataSettings.model_fields
        own = {name: value for name, value in model.card.settings.items() if name in names}
        settings = DataSettings.parse(own | given)
        corpus = data.load(settings)
        if corpus.summary.fingerprint != model.card.data.fingerprint:
            older = unseen_rows(model.card, model.seen_hashes(), settings)
            if older is not None:
                return older
            raise DataError(
                f"{model.card.data.source} is not what {model.tag} was trained on: fingerprint "
                f"{corpus.summary.fingerprint[:12]}, not {model.card.data.fingerprint[:12]}.",
                "Pass --data with the file to evaluate on; texts that it has seen are left out.",
            )
    if corpus.labels != model.card.labels:
        raise DataError(
            f"The labels of the data are {listed(corpus.labels)}, the model's "
            f"{listed(model.card.labels)}.",
            f"{settings.data} has its own; pass --data with a file, whose labels can be mapped."
            if settings.data in data.BUILT_IN
            else "Map them with --labels VALUE=NAME in the model's order.",
        )
    return corpus


def leave_out_seen(
    model: Model, corpus: data.Corpus, allow: bool
) -> tuple[data.Corpus, int | None, int]:
    """Return the corpus to report on, the texts in it that the model has seen, and rows left out.

    Test rows whose text the model was trained or calibrated on are left out, unless `allow`.
    Of the texts that stay, the number that was seen counts each text once; it is None if
    that is not known. Raises `DataError` if it is not known, or no row is left, unless
    `allow`.
    """
    hashes = model.seen_hashes()
    if hashes is None:
        if allow:
            return corpus, None, 0
        raise DataError(
            f"Whether {model.tag} has seen these texts cannot be told: neither the model nor "
            f"the data it was trained on ({model.card.data.source}) are here.",
            "Evaluate where one of them is, or pass --allow-seen to report all the same.",
        )
    if allow:
        return corpus, len(np.intersect1d(corpus.hashes["test"], hashes)), 0
    rows = len(corpus.splits["test"])
    unseen = corpus.without(hashes)
    left_out = rows - len(unseen.splits["test"])
    if left_out == rows:
        raise DataError(
            f"{model.tag} was trained or calibrated on all of these {rows:,} texts: "
            "a report on them would flatter it.",
            "Pass other data, or --allow-seen to report all the same.",
        )
    return unseen, 0, left_out


def answer(predictor: Predictor, texts: list[str], progress: Callable[[int], object]) -> Answers:
    """Return the answers of a model that is loaded in this process.

    If it has n-grams, the encoder reads all texts nevertheless, for a report on each part.
    """
    encodings = predictor.tokenizer.encode_batch(texts)
    unreadable = [place for place, encoding in enumerate(encodings) if not encoding.readable]
    encodings = [encoding for encoding in encodings if encoding.readable]
    progress(len(unreadable))
    ids = [encoding.ids for encoding in encodings]
    logits = batched_logits(predictor.engine, ids, len(predictor.card.labels), progress)
    return Answers(
        predictor.tag,
        predictor.card,
        predictor.engine.describe(),
        with_ngrams(encodings, logits),
        sum(encoding.truncated for encoding in encodings),
        unreadable,
        _parts(encodings, logits),
    )


def _parts(encodings: Sequence[Encoding], encoder: FloatArray) -> Parts | None:
    """Return what n-grams and encoder say, None for a model without n-grams."""
    said = [encoding.ngrams for encoding in encodings if encoding.ngrams is not None]
    if not said:
        return None
    return Parts(
        np.stack([answer.logits for answer in said]),
        encoder,
        np.array([encoding.decided_by == "ngrams" for encoding in encodings]),
        np.array([encoding.decided_by == "both" for encoding in encodings]),
    )


def suite_texts() -> list[str]:
    """Return the texts of the behaviour suite."""
    return load_suite().texts


def judge_behaviour(answers: Answers) -> BehaviourReport:
    """Return how a model did that was asked the texts of the behaviour suite."""
    if answers.unreadable:
        raise DataError(
            f"{answers.tag} cannot read {len(answers.unreadable):,} texts of the behaviour suite.",
            "It is in English; leave --behaviour out.",
        )
    return judge_logits(answers.logits, answers.card)


def evaluate(
    answers: Answers,
    corpus: data.Corpus,
    seen: int | None,
    behaviour: BehaviourReport | None = None,
    left_out: int = 0,
) -> Report:
    """Compare the answers with the test split of `corpus` and return the report.

    `left_out` rows were taken from it, because the model has seen their texts.
    """
    card, logits = answers.card, answers.logits
    labels = np.delete(np.asarray(corpus.splits["test"][:]["label"]), answers.unreadable)
    if not len(labels):
        raise DataError(
            f"{answers.tag} can read none of the texts: no token is in its vocabulary.",
            "Evaluate on texts of the language that it was trained on.",
        )
    values = {
        "model": answers.tag,
        "base_model": card.base_model,
        "recipe": card.recipe,
        "data": corpus.summary.source,
        "data_fingerprint": corpus.summary.fingerprint,
        "seen_texts": seen,
        "left_out_as_seen": left_out,
        "truncated_texts": answers.truncated,
        "unreadable_texts": len(answers.unreadable),
        "max_length": card.truncation.max_length,
        "temperature": card.calibration.temperature,
        "engine": answers.engine.model_dump(),
        "labels": card.labels,
        **measure(logits, labels, card.labels, card.calibration.temperature),
    }
    predicted = probabilities(logits).argmax(axis=1)
    values["classification_report"] = _per_class(labels, predicted, card.labels)
    values["behaviour"] = behaviour.model_dump() if behaviour else None
    values["cascade"] = _compared(answers, labels)
    values["warnings"] = _warnings(values)
    return Report(values, to_text(values))


def _compared(answers: Answers, labels: IntArray) -> dict[str, Any] | None:
    """Return the figures of n-grams, encoder and cascade side by side, None without n-grams."""
    if answers.parts is None:
        return None
    of_parts = {
        "ngrams": answers.parts.ngrams,
        "encoder": answers.parts.encoder,
        "cascade": answers.logits,
    }
    temperature = answers.card.calibration.temperature
    return {
        "share": float(answers.parts.early.mean()),
        "both": float(answers.parts.both.mean()),
        **{name: measure_part(logits, labels, temperature) for name, logits in of_parts.items()},
    }


def _per_class(labels: IntArray, predicted: IntArray, names: list[str]) -> Any:
    """Return scikit-learn's precision, recall and F1 of each label and their means."""
    from sklearn.metrics import classification_report

    values = classification_report(
        labels,
        predicted,
        labels=range(len(names)),
        target_names=names,
        zero_division=0.0,
        output_dict=True,
    )
    return json.loads(json.dumps(values, default=float))  # numpy's numbers are not JSON's


def _warnings(values: dict[str, Any]) -> list[str]:
    """Return what a reader should know before believing the figures."""
    counts, share = values["texts_per_label"], values["majority_share"]
    warnings = []
    if values["accuracy_interval"][0] <= share and len(counts) > 1:
        warnings.append(
            f"The accuracy is not surely better than that of always answering the largest label "
            f"({share:.4f})."
        )
    if share >= _IMBALANCED:
        warnings.append(
            f"{share:.0%} of the texts have one label: balanced accuracy and macro F1 tell more "
            "than accuracy. To train on such data: --class-weight balanced"
        )
    few = [f"{name} ({count})" for name, count in counts.items() if count < FEW_TEXTS]
    if few:
        warnings.append(
            f"Labels with fewer than {FEW_TEXTS} texts, whose figures are hardly more than "
            f"chance: {', '.join(few[:_MOST_NAMED])}{', …' if len(few) > _MOST_NAMED else ''}."
        )
    return warnings
