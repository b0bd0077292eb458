"""The goals of the models: the figures asked for, beside those of a result."""

from collections.abc import Iterator

from benchmarks.goals import Goal
from benchmarks.tradeoff.result import Point, Result, ours

_ACCURACY = {"large": 0.930, "large-full": 0.943}
_BOTH_RIGHT = {"large": 0.85, "large-full": 0.88}
_CALIBRATION_ERROR = 0.015


def goals(result: Result) -> list[Goal]:
    """Return the goals of the models that this result has."""
    points = ours(result)
    return [goal for point in points for goal in (*_of_recipe(point), *_of_student(point, points))]


def _of_recipe(point: Point) -> Iterator[Goal]:
    if point["kind"] == "distilled" or point["recipe"] in _ACCURACY:
        error = point["expected_calibration_error"]
        name = f"{point['name']}: expected calibration error"
        yield Goal(name, _CALIBRATION_ERROR, error, at_most=True)
    if point["kind"] == "recipe" and point["recipe"] in _ACCURACY:
        name, recipe = point["name"], point["recipe"]
        yield Goal(f"{name}: accuracy", _ACCURACY[recipe], point["accuracy"])
        both = "both sides of edited pairs right"
        yield Goal(f"{name}: {both}", _BOTH_RIGHT[recipe], point["both_right"])


def _of_student(point: Point, points: list[Point]) -> Iterator[Goal]:
    """Yield the goals of a student: with fewer layers, against its teacher, else without it."""
    name = point["name"]
    for other in points if point["kind"] == "distilled" else ():
        if point["kept_layers"] and other["model"] == point["teacher"]:
            lost = other["accuracy"] - point["accuracy"]
            yield Goal(f"{name}: accuracy lost of its teacher's", 0.008, lost, at_most=True)
            share = point["core_ms"] / other["core_ms"]
            yield Goal(f"{name}: core-ms, as a share of its teacher's", 0.5, share, at_most=True)
        same = other["kind"] == "recipe" and other["recipe"] == point["recipe"]
        if same and not point["kept_layers"]:
            gain = point["accuracy"] - other["accuracy"]
            yield Goal(f"{name}: accuracy gained over labels only", 0.015, gain)
            more = point["mean_failure"] - other["mean_failure"]
            yield Goal(f"{name}: failures in behaviour, against labels only", 0, more, at_most=True)
