"""How good a model is: from the report on it in docs/results/, else evaluated now."""

import json
import sys
from typing import Any

from benchmarks.page import DOCS
from benchmarks.tradeoff.result import Quality
from sentiment import store
from sentiment.evaluation import report
from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings

REPORTS = DOCS / "results"
_DATA = "packaged"


def quality(tag: str) -> Quality:
    """Return what `evaluate.py --behaviour` reports on the packaged test reviews.

    A model that no report is on has to be in the store; its evaluation takes minutes.
    Raises `ModelNotFound` if it is in neither, and `DataError` if it has seen the texts.
    """
    return _quality(_kept(tag) or _evaluated(tag, EngineSettings.parse({})))


def encoder_quality(tag: str) -> Quality:
    """Return the same of a model's encoder by itself, which is what other servers compute."""
    kept = _kept(tag)
    if kept is not None and kept["cascade"] is None:
        return _quality(kept)
    return _quality(_evaluated(tag, EngineSettings.parse({"cascade": "off"})))


def _kept(tag: str) -> dict[str, Any] | None:
    """Return the report that is kept on a model, if it has behaviour too."""
    for path in REPORTS.glob("*.json"):
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if (values["model"], values["data"]) == (tag, _DATA) and values.get("behaviour"):
            return values
    return None


def _evaluated(tag: str, settings: EngineSettings) -> dict[str, Any]:
    print(f"  no report on {tag} in docs/results: evaluating", file=sys.stderr, flush=True)
    model = store.find(tag)
    corpus, seen, _ = report.leave_out_seen(
        model, report.test_split(model, {"data": _DATA}), allow=False
    )
    texts = corpus.splits["test"][:]["text"]
    predictor = Predictor.load(model, settings)
    answers = report.answer(predictor, texts, int)
    behaviour = report.judge_behaviour(report.answer(predictor, report.suite_texts(), int))
    return report.evaluate(answers, corpus, seen, behaviour).values


def _quality(values: dict[str, Any]) -> Quality:
    return {
        "accuracy": values["accuracy"],
        "accuracy_interval": list(values["accuracy_interval"]),
        "expected_calibration_error": values["expected_calibration_error_after"],
        "mean_failure": values["behaviour"]["mean_failure"],
        "both_right": values["behaviour"]["both_right"],
    }
