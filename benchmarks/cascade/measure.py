"""Measures our server with the n-grams of a model and without them, in one run."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.cascade.result import Result, Row, Setting
from benchmarks.machine import machine
from benchmarks.reviews import reviews
from benchmarks.serving.measure import TEXTS
from benchmarks.serving.server_under_test import ServerUnderTest
from benchmarks.serving.servers import OURS, running
from benchmarks.tradeoff.models import Named
from sentiment.errors import UsageError

CALLERS = (1, 64)
_SETTINGS: tuple[Setting, ...] = ("off", "auto")


def measure(models: Sequence[Named], seconds: float) -> Result:
    """Measure each model with the cascade off and on; raise `UsageError` for one without."""
    for _, model in models:
        if model.card.cascade is None:
            raise UsageError(f"{model.tag} has no n-grams.", "Name a model that has some.")
    rows: list[Row] = []
    for each in models:
        for setting in _SETTINGS:
            rows += _rows(each, setting, seconds)
    return {**machine(), "rows": rows}


def _rows(named: Named, setting: Setting, seconds: float) -> list[Row]:
    """Return a row for each number of callers; the texts are whole, because n-grams read all."""
    name, model = named
    print(f"{name}, cascade {setting} ...", file=sys.stderr, flush=True)
    variables = {"SENTIMENT_MODEL": model.tag, "SENTIMENT_CASCADE": setting}
    server = replace(OURS, variables=variables)
    rows: list[Row] = []
    with running(server, model.folder) as process:
        under_test = ServerUnderTest(server, process, reviews(TEXTS))
        under_test.figures(seconds, max(CALLERS))  # builds a kernel for each shape first
        for callers in CALLERS:
            figures = under_test.figures(seconds, callers)
            rows.append(
                {
                    "name": name,
                    "model": model.tag,
                    "cascade": setting,
                    "callers": callers,
                    "per_s": figures["per_s"],
                    "p50_ms": figures["p50_ms"],
                    "core_ms": figures["core_ms"],
                    "others": figures["others"],
                }
            )
    return rows
