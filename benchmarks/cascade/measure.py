"""Measures our server with the n-grams of a model and without them, in one run."""

import sys
from collections.abc import Sequence

from benchmarks.cascade.result import Result, Row, Setting
from benchmarks.machine import machine
from benchmarks.reviews import reviews
from benchmarks.serving.measure import TEXTS
from benchmarks.serving.server_under_test import warm_server
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
    with warm_server(model, reviews(TEXTS), seconds, SENTIMENT_CASCADE=setting) as server:
        return [
            {
                **server.figures(seconds, callers),
                "concurrency": callers,
                "name": name,
                "model": model.tag,
                "cascade": setting,
            }
            for callers in CALLERS
        ]
