"""The result of the trade-off's benchmark: the structure of docs/benchmarks/tradeoff.json."""

from typing import Literal, TypedDict

from benchmarks.machine import Machine

Kind = Literal["recipe", "distilled", "peer"]
"""Trained on labels, trained on a teacher's answers too, or served by another server."""


class Quality(TypedDict):
    """What a report of `evaluate.py --behaviour` says of a model."""

    accuracy: float
    accuracy_interval: list[float]
    expected_calibration_error: float
    """After temperature."""
    mean_failure: float
    """The failure rate in the behaviour suite, as a mean over its abilities."""
    both_right: float
    """The share of edited pairs of which both sides are right."""


class Point(Quality):
    """What answers, how well, and at what cost."""

    name: str
    kind: Kind
    model: str
    """The tag of the model."""
    recipe: str
    teacher: str
    """The tag of the model that it was distilled from, empty if there is none."""
    kept_layers: int
    """The number of its base model's layers that it keeps, 0 if all."""
    core_ms: float
    """CPU time of all processes of the server for each reply, in milliseconds of one core."""
    failed: int
    """Replies that were refused, failed or wrong."""


class Result(Machine):
    """The points, ours in the order they were named, then the peers."""

    peers: str
    """Where and when the peers were measured."""
    points: list[Point]


def ours(result: Result) -> list[Point]:
    """Return the points of our own server."""
    return [point for point in result["points"] if point["kind"] != "peer"]


def peers(result: Result) -> list[Point]:
    """Return the points of the other servers, the cheapest first."""
    found = (point for point in result["points"] if point["kind"] == "peer")
    return sorted(found, key=lambda point: point["core_ms"])
