"""The table of measured quality, from the reports of `evaluate.py --json` in docs/results/."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "results"
HEAD = (
    *("recipe", "tested on", "texts", "computed in"),
    *("accuracy", "F1", "ROC AUC", "log loss", "ECE"),
)


def results_table() -> str:
    """Return the Markdown table: a row for each report, the quick recipe first."""
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]
    reports.sort(key=lambda report: (report["recipe"] != "quick", report["data"]))
    lines = [HEAD, *map(_cells, reports)]
    rows = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([rows[0], "|---" * len(HEAD) + "|", *rows[1:]])


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
    )


def _with_interval(report: dict[str, Any], name: str) -> str:
    low, high = report[f"{name}_interval"]
    return f"{report[name]:.3f} ({low:.3f} to {high:.3f})"


def _before_and_after(report: dict[str, Any], name: str) -> str:
    return f"{report[f'{name}_before']:.3f} → {report[f'{name}_after']:.3f}"
