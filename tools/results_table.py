"""The tables of measured quality, from the reports of `evaluate.py --json` in docs/results/."""

import json
from pathlib import Path
from typing import Any

from benchmarks.markdown import table
from sentiment.settings import RECIPES

FOLDER = Path(__file__).parents[1] / "docs" / "results"
HEAD = (
    *("recipe", "tested on", "texts", "computed in"),
    *("accuracy", "F1", "ROC AUC", "log loss", "ECE"),
    *("edited pairs right", "behaviour: failures, worst"),
)
HEAD_OF_PARTS = (
    *("recipe", "tested on", "n-grams alone", "encoder alone", "as served"),
    *("n-grams answer", "both answer"),
)


def results_table() -> str:
    """Return the Markdown table: a row for each report, in the order of the recipes."""
    return table(HEAD, map(_cells, _reports()))


def parts_table() -> str:
    """Return the accuracy of each part of models with n-grams, and what each part answers."""
    return table(HEAD_OF_PARTS, [_parts(each) for each in _reports() if each.get("cascade")])


def _reports() -> list[dict[str, Any]]:
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]
    recipes = list(RECIPES)
    return sorted(reports, key=lambda report: (recipes.index(report["recipe"]), report["data"]))


def _parts(report: dict[str, Any]) -> tuple[str, ...]:
    found = report["cascade"]
    return (
        f"`{report['recipe']}`",
        report["data"],
        *(_with_interval(found[part], "accuracy") for part in ("ngrams", "encoder", "cascade")),
        f"{found['share']:.0%}",
        f"{found['both']:.0%}",
    )


def _cells(report: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"`{report['recipe']}`",
        report["data"],
        f"{report['texts']:,}",
        f"{report['engine']['backend']} {report['engine']['precision']}",
        _with_interval(report, "accuracy"),
        _with_interval(report, "f1"),
        f"{report['roc_auc']:.3f}",
        _before_and_after(report, "log_loss"),
        _before_and_after(report, "expected_calibration_error"),
        *_behaviour(report.get("behaviour")),
    )


def _behaviour(found: dict[str, Any] | None) -> tuple[str, str]:
    """Return the share of edited pairs both sides of which are right, and the failure rates."""
    if found is None:
        return "-", "-"
    worst = f"{found['worst_failure']:.2f} {found['worst_ability']}"
    return f"{found['both_right']:.3f}", f"{found['mean_failure']:.3f}, {worst}"


def _with_interval(report: dict[str, Any], name: str) -> str:
    low, high = report[f"{name}_interval"]
    return f"{report[name]:.3f} ({low:.3f} to {high:.3f})"


def _before_and_after(report: dict[str, Any], name: str) -> str:
    return f"{report[f'{name}_before']:.3f} → {report[f'{name}_after']:.3f}"
