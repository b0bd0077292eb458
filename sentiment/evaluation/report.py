"""The report on a model: refuses texts that it has seen, compares its answers with the labels."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sentiment import data
from sentiment.calibration import FloatArray, IntArray, probabilities
from sentiment.data.splits import hash_texts
from sentiment.errors import DataError
from sentiment.evaluation.metrics import FEW_TEXTS, measure
from sentiment.inference.predictor import Predictor
from sentiment.schema import EngineInfo, ModelCard
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
class Answers:
    """What a model answered to the texts of a test split."""

    tag: str
    card: ModelCard
    engine: EngineInfo
    logits: FloatArray
    """Of shape (texts, labels), before calibration."""
    truncated: int
    """The number of texts of which it read only part."""


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
        corpus = data.load(DataSettings.parse(own | given))
        if corpus.summary.fingerprint != model.card.data.fingerprint:
            raise DataError(
                f"{model.card.data.source} is not what {model.tag} was trained on: fingerprint "
                f"{corpus.summary.fingerprint[:12]}, not {model.card.data.fingerprint[:12]}.",
                "Pass --data with the file to evaluate on.",
            )
    if corpus.labels != model.card.labels:
        raise DataError(
            f"The labels of the data are {corpus.labels}, the model's {model.card.labels}.",
            "Map them with --labels VALUE=NAME in the model's order.",
        )
    return corpus


def refuse_seen(model: Model, texts: list[str], allow: bool) -> int | None:
    """Return how many distinct texts the model was trained or calibrated on, None if unknown.

    Raises `DataError` if there are any, or if that is not known, unless `allow`.
    """
    hashes = model.seen_hashes()
    seen = None if hashes is None else int(np.isin(hash_texts(texts), hashes).sum())
    if seen is None and not allow:
        raise DataError(
            f"Whether {model.tag} has seen these texts cannot be told: neither the model nor "
            f"the data it was trained on ({model.card.data.source}) are here.",
            "Evaluate where one of them is, or pass --allow-seen to report all the same.",
        )
    if seen and not allow:
        raise DataError(
            f"{model.tag} was trained or calibrated on {seen:,} of these {len(texts):,} texts: "
            "a report on them would flatter it.",
            "Pass other data, or --allow-seen to report all the same.",
        )
    return seen


def answer(predictor: Predictor, texts: list[str], progress: Callable[[int], object]) -> Answers:
    """Return the answers of a model that is loaded in this process."""
    encodings = predictor.tokenizer.encode_batch(texts)
    return Answers(
        predictor.tag,
        predictor.card,
        predictor.engine.describe(),
        predictor.logits(encodings, progress),
        sum(encoding.truncated for encoding in encodings),
    )


def evaluate(answers: Answers, corpus: data.Corpus, seen: int | None) -> Report:
    """Compare the answers with the test split of `corpus` and return the report."""
    labels = np.asarray(corpus.splits["test"][:]["label"])
    card, logits = answers.card, answers.logits
    values = {
        "model": answers.tag,
        "base_model": card.base_model,
        "recipe": card.recipe,
        "data": corpus.summary.source,
        "data_fingerprint": corpus.summary.fingerprint,
        "seen_texts": seen,
        "truncated_texts": answers.truncated,
        "max_length": card.truncation.max_length,
        "temperature": card.calibration.temperature,
        "engine": answers.engine.model_dump(),
        "labels": card.labels,
        **measure(logits, labels, card.labels, card.calibration.temperature),
    }
    predicted = probabilities(logits).argmax(axis=1)
    table, values["classification_report"] = _per_class(labels, predicted, card.labels)
    values["warnings"] = _warnings(values)
    warned = [f"WARNING: {warning}" for warning in values["warnings"]]
    parts = [_heading(values), *warned, _summary(values), _confusion(values, card.labels), table]
    return Report(values, "\n\n".join(parts))


def _per_class(labels: IntArray, predicted: IntArray, names: list[str]) -> tuple[str, Any]:
    """Return scikit-learn's table of precision, recall and F1 as text and as JSON-ready values."""
    from sklearn.metrics import classification_report

    make = partial(
        classification_report,
        labels,
        predicted,
        labels=range(len(names)),
        target_names=names,
        zero_division=0.0,
    )
    # Its numbers are of numpy's types, some of which `json` cannot serialise.
    return make(digits=4), json.loads(json.dumps(make(output_dict=True), default=float))


def _heading(values: dict[str, Any]) -> str:
    engine, seen = values["engine"], values["seen_texts"]
    heading = (
        f"{values['model']} ({values['recipe']}, {values['base_model']}) on {values['data']}: "
        f"{values['texts']:,} texts, {values['truncated_texts']:,} cut to "
        f"{values['max_length']} tokens; {engine['backend']} {engine['precision']} on "
        f"{engine['device']}"
    )
    if seen is None:
        return f"{heading}\nWHETHER THE MODEL HAS SEEN THESE TEXTS IS NOT KNOWN"
    return f"{heading}\nTHE MODEL HAS SEEN {seen:,} of these texts" if seen else heading


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


def _summary(values: dict[str, Any]) -> str:
    labels = values["labels"]
    of = f" of {labels[1]}" if len(labels) == 2 else ", mean of labels"
    width = max(30, len(f"precision{of}") + 2)

    def row(name: str, key: str) -> str:
        value = values[key]
        shown = "undefined: a label is missing" if value is None else f"{value:.4f}"
        low_high = values.get(f"{key}_interval")
        return f"{name:<{width}}{shown}" + (
            f"  (95 %: {low_high[0]:.4f} to {low_high[1]:.4f})" if low_high else ""
        )

    def before_after(name: str, key: str) -> str:
        before, after = values[f"{key}_before"], values[f"{key}_after"]
        return f"{name:<{width}}{before:.4f} before, {after:.4f} after"

    return "\n".join(
        [
            row("balanced accuracy", "balanced_accuracy"),
            row("macro F1", "macro_f1"),
            row("accuracy", "accuracy"),
            row("share of the largest label", "majority_share"),
            row(f"F1{of}", "f1"),
            row(f"precision{of}", "precision"),
            row(f"recall{of}", "recall"),
            row("ROC AUC", "roc_auc"),
            f"{'temperature':<{width}}{values['temperature']:.4f}",
            before_after("log loss", "log_loss"),
            before_after("expected calibration error", "expected_calibration_error"),
        ]
    )


def _confusion(values: dict[str, Any], names: list[str]) -> str:
    matrix = values["confusion_matrix"]
    width = max(12, *(len(name) + 2 for name in names))
    lines = ["confusion matrix (rows: true, columns: predicted)"]
    lines.append(" " * width + "".join(f"{name:>{width}}" for name in names))
    for name, row in zip(names, matrix, strict=True):
        lines.append(f"{name:>{width}}" + "".join(f"{count:>{width},}" for count in row))
    return "\n".join(lines)
