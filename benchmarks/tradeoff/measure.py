"""Measures what an answer of each model costs, and puts the peers beside them.

The cost is that of the served answer, HTTP and tokenising included, because that is what
the benchmark of serving has of the peers.
"""

import sys
from collections.abc import Iterator, Sequence

from benchmarks import page
from benchmarks.machine import machine, short
from benchmarks.reviews import cut, reviews
from benchmarks.serving.measure import TEXTS
from benchmarks.serving.result import Figures, at, measured
from benchmarks.serving.result import Result as Serving
from benchmarks.serving.server_under_test import warm_server
from benchmarks.serving.servers import OURS, SHORT_NAMES
from benchmarks.tradeoff.models import Named, kept_layers, kind_of
from benchmarks.tradeoff.quality import encoder_quality, quality
from benchmarks.tradeoff.result import Point, Quality, Result
from sentiment.store import StoredModel

CALLERS = 64


def measure(models: Sequence[Named], seconds: float) -> Result:
    """Measure each model for `seconds`, and read what was measured of the peers."""
    serving: Serving = page.read("serving")
    points = [_point(each, seconds) for each in models]
    theirs = encoder_quality(serving["model"])
    return {
        **machine(),
        "peers": f"{serving['day']}, {serving['machine']}, commit {short(serving['commit'])}",
        "points": [*points, *peer_points(serving, theirs)],
    }


def peer_points(serving: Serving, theirs: Quality) -> Iterator[Point]:
    """Yield the peers of a result of serving, all of which serve one encoder, of this quality."""
    for server in measured(serving):
        if server["name"] != OURS.name:
            row = at(server, CALLERS)
            yield {
                **_only_quality(theirs),
                "name": SHORT_NAMES[server["name"]],
                "kind": "peer",
                "model": serving["model"],
                "recipe": "",
                "teacher": "",
                "kept_layers": 0,
                "core_ms": row["core_ms"],
                "failed": sum(row["others"].values()),
            }


def _point(named: Named, seconds: float) -> Point:
    name, model = named
    print(f"{name} ({model.tag}) ...", file=sys.stderr, flush=True)
    found, figures = quality(model.tag), served(model, seconds)
    print(f"  {figures['core_ms']:.1f} core-ms an answer", file=sys.stderr, flush=True)
    return {
        **found,
        "name": name,
        "kind": kind_of(model.card),
        "model": model.tag,
        "recipe": model.card.recipe,
        "teacher": model.card.settings.get("teacher") or "",
        "kept_layers": kept_layers(model.card),
        "core_ms": figures["core_ms"],
        "failed": sum(figures["others"].values()),
    }


def served(model: StoredModel, seconds: float) -> Figures:
    """Return the figures of our server with this model and `CALLERS` callers."""
    with warm_server(model, cut(model, reviews(TEXTS)), seconds) as server:
        return server.figures(seconds, CALLERS)


def _only_quality(values: Quality) -> Quality:
    """Return the fields of `Quality`, of what may be a point."""
    return {
        "accuracy": values["accuracy"],
        "accuracy_interval": values["accuracy_interval"],
        "expected_calibration_error": values["expected_calibration_error"],
        "mean_failure": values["mean_failure"],
        "both_right": values["both_right"],
    }
