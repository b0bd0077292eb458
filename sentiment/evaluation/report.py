"""From a stored model and data to a report: refuse, compute, show."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sentiment import data
from sentiment.calibration import IntArray, probabilities
from sentiment.data.splits import hash_texts
from sentiment.errors import DataError
from sentiment.evaluation.metrics import measure
from sentiment.inference.predictor import Predictor
from sentiment.settings import DataSettings
from sentiment.store import StoredModel


@dataclass(frozen=True)
class Report:
    """What one model did on one test split."""

    values: dict[str, Any]
    """JSON-ready: the model, the data, the engine and every metric."""
    text: str
    """The same for a terminal."""


def test_split(model: StoredModel, given: dict[str, Any]) -> data.Corpus:
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


def refuse_seen(model: StoredModel, texts: list[str], allow: bool) -> int:
    """Return how many distinct texts the model was trained or calibrated on.

    Raises `DataError` if there are any, unless `allow`.
    """
    seen = int(np.isin(hash_texts(texts), model.seen_hashes()).sum())
    if seen and not allow:
        raise DataError(
            f"{model.tag} was trained or calibrated on {seen:,} of these {len(texts):,} texts: "
            "a report on them would flatter it.",
            "Pass other data, or --allow-seen to report all the same.",
        )
    return seen


def evaluate(predictor: Predictor, corpus: data.Corpus, seen: int, progress: Any) -> Report:
    """Compute the test split of `corpus` and return the report."""
    rows = corpus.splits["test"][:]
    encodings = predictor.tokenizer.encode_batch(rows["text"])
    logits = predictor.logits(encodings, progress)
    labels = np.asarray(rows["label"])
    card = predictor.card
    values = {
        "model": predictor.tag,
        "base_model": card.base_model,
        "recipe": card.recipe,
        "data": corpus.summary.source,
        "data_fingerprint": corpus.summary.fingerprint,
        "seen_texts": seen,
        "truncated_texts": sum(encoding.truncated for encoding in encodings),
        "max_length": card.truncation.max_length,
        "temperature": card.calibration.temperature,
        "engine": predictor.engine.describe(),
        "labels": card.labels,
        **measure(logits, labels, card.labels, card.calibration.temperature),
    }
    predicted = probabilities(logits).argmax(axis=1)
    table, values["classification_report"] = _per_class(labels, predicted, card.labels)
    shown = [_heading(values), _summary(values), _confusion(values, card.labels), table]
    return Report(values, "\n\n".join(shown))


def _per_class(labels: IntArray, predicted: IntArray, names: list[str]) -> tuple[str, Any]:
    """Return scikit-learn's table of precision, recall and F1, and the same JSON-ready."""
    from sklearn.metrics import classification_report

    make = partial(
        classification_report,
        labels,
        predicted,
        labels=range(len(names)),
        target_names=names,
        zero_division=0.0,
    )
    # Its numbers are numpy's, some of which `json` does not take.
    return make(digits=4), json.loads(json.dumps(make(output_dict=True), default=float))


def _heading(values: dict[str, Any]) -> str:
    engine = values["engine"]
    return (
        f"{values['model']} ({values['recipe']}, {values['base_model']}) on {values['data']}: "
        f"{values['texts']:,} texts, {values['truncated_texts']:,} cut to "
        f"{values['max_length']} tokens; {engine['backend']} {engine['precision']} on "
        f"{engine['device']}"
        + (
            f"\nTHE MODEL HAS SEEN {seen:,} of these texts"
            if (seen := values["seen_texts"])
            else ""
        )
    )


def _summary(values: dict[str, Any]) -> str:
    def row(name: str, key: str) -> str:
        value = values[key]
        shown = "undefined: a label is missing" if value is None else f"{value:.4f}"
        low_high = values.get(f"{key}_interval")
        return f"{name:<30}{shown}" + (
            f"  (95 %: {low_high[0]:.4f} to {low_high[1]:.4f})" if low_high else ""
        )

    def before_after(name: str, key: str) -> str:
        return f"{name:<30}{values[f'{key}_before']:.4f} before, {values[f'{key}_after']:.4f} after"

    return "\n".join(
        [
            row("accuracy", "accuracy"),
            row("F1", "f1"),
            row("precision", "precision"),
            row("recall", "recall"),
            row("ROC AUC", "roc_auc"),
            f"{'temperature':<30}{values['temperature']:.4f}",
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
