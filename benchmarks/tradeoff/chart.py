"""The chart of models: accuracy, and failures in behaviour, against CPU time, as SVG."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from benchmarks import svg
from benchmarks.tradeoff.labels import Box, Marker, place
from benchmarks.tradeoff.result import Kind, Point, Result, ours, peers
from benchmarks.tradeoff.scales import Scale, linear, logarithmic

FILE = "tradeoff.svg"
_TITLE = "Accuracy against the cost of an answer"
_SUBTITLE = "Higher up and further left is better, in both halves."
_X_TITLE = "CPU time of an answer in core-milliseconds (logarithmic)"
_LEFT, _RIGHT = 92, 772  # pixels, of the plot
_FIRST_TOP, _HEIGHT, _BETWEEN = 192, 250, 84
_COLUMNS = 70  # letters of a line of caption, in wide fonts too
_PEERS = "other servers"


class _Panel(NamedTuple):
    """One half of the chart."""

    heading: str
    figure: Callable[[Point], float]
    most_is_best: bool


_PANELS = (
    _Panel("Accuracy on 5,000 reviews", lambda point: point["accuracy"], True),
    _Panel(
        "Failures in the behaviour suite (fewer is higher up)",
        lambda point: point["mean_failure"],
        False,
    ),
)


def chart(result: Result) -> str:
    """Return an SVG of two plots over one axis of CPU time, with a marker for each point."""
    points = [*ours(result), *peers(result)]
    x = logarithmic([point["core_ms"] for point in points], _LEFT, _RIGHT)
    drawing = list(_legend(points))
    top = float(_FIRST_TOP)
    for panel in _PANELS:
        drawing += _plot(panel, points, x, top)
        top += _HEIGHT + _BETWEEN
    foot = top - _BETWEEN
    for tick in x.ticks:
        drawing.append(_text(x.to_pixel(tick), foot + 28, f"{tick:g}", "middle small quiet"))
    drawing.append(_text((_LEFT + _RIGHT) / 2, foot + 60, _X_TITLE, "middle small"))
    return svg.card(
        _TITLE, _SUBTITLE, map(_described, points), drawing, foot + 70, _caption(result)
    )


def _described(point: Point) -> str:
    return (
        f"{point['name']}: accuracy {point['accuracy']:.3f}, failures {point['mean_failure']:.2f}, "
        f"{point['core_ms']:.1f} core-milliseconds an answer"
    )


def _caption(result: Result) -> list[str]:
    lines = [f"{result['machine']}, {result['day']}, 64 callers."]
    if others := peers(result):
        each = (f"{point['name']} {point['core_ms']:.0f}" for point in others)
        named = "; ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in each)
        lines += textwrap.wrap(
            f"Other servers, from left to right, all with the model of {_served_by(result)}: "
            f"{named}.",
            _COLUMNS,
        )
    return lines


def _served_by(result: Result) -> str:
    """Return the name of the model that the peers served, or its tag if it is no point here."""
    tag = peers(result)[0]["model"]
    return next((point["name"] for point in ours(result) if point["model"] == tag), tag)


def _legend(points: Sequence[Point]) -> Iterator[str]:
    """Yield a line that tells the shapes, without those that no point has."""
    kinds = {point["kind"] for point in points}
    named: list[tuple[Kind, bool, str]] = [
        ("recipe", False, "trained on labels"),
        ("distilled", False, "distilled"),
        ("peer", False, _PEERS),
        ("peer", True, "also sent errors"),
    ]
    x = svg.MARGIN + 10.0
    for kind, failed, name in named:
        if kind in kinds and (not failed or any(point["failed"] for point in points)):
            yield _shape(kind, failed, x, 120)
            yield _text(x + 18, 127, name, "small")
            x += 18 + 10 * len(name) + 26


def _plot(panel: _Panel, points: Sequence[Point], x: Scale, top: float) -> Iterator[str]:
    """Yield the elements of one panel, whose plot begins at `top`."""
    bottom = top + _HEIGHT
    edges = (bottom, top) if panel.most_is_best else (top, bottom)
    y = linear([panel.figure(point) for point in points], *edges)
    yield _text(svg.MARGIN, top - 22, panel.heading, "strong")
    for tick in y.ticks:
        yield _line("grid", _LEFT, y.to_pixel(tick), _RIGHT, y.to_pixel(tick))
        yield _text(_LEFT - 10, y.to_pixel(tick) + 7, f"{tick:.2f}", "label small quiet")
    for tick in x.ticks:
        yield _line("grid", x.to_pixel(tick), top, x.to_pixel(tick), bottom)
    markers = [
        Marker(x.to_pixel(point["core_ms"]), y.to_pixel(panel.figure(point)), label)
        for point, label in zip(points, _labels(points), strict=True)
    ]
    for point, marker in reversed(list(zip(points, markers, strict=True))):
        yield _shape(point["kind"], point["failed"] > 0, marker.x, marker.y)
    for marker, box in zip(markers, place(markers, Box(_LEFT, top, _RIGHT, bottom)), strict=True):
        if box is not None:
            yield from _label(marker, box)


def _labels(points: Sequence[Point]) -> Iterator[str]:
    """Yield the name of each point; peers stand on one line, where the first is named for all."""
    named = False
    for point in points:
        if point["kind"] == "peer":
            yield "" if named else _PEERS
            named = True
        else:
            yield point["name"]


def _label(marker: Marker, box: Box) -> Iterator[str]:
    """Yield a label, at the side of its box that is nearer to its marker.

    It is joined to its marker unless it stands right beside, above or below it.
    """
    foot, middle = box.bottom - 5, (box.left + box.right) / 2
    anchor, x = "middle ", middle
    if box.left > marker.x:
        anchor, x = "", box.left
    elif box.right < marker.x:
        anchor, x = "label ", box.right
    y = (box.top + box.bottom) / 2
    if y != marker.y and (x != middle or abs(y - marker.y) > box.bottom - box.top):
        yield _line("leader", marker.x, marker.y, x, y)
    yield _text(x, foot, marker.label, f"{anchor}small")


def _shape(kind: Kind, failed: bool, x: float, y: float) -> str:
    """Return a circle, a square or, for a peer, a diamond, which is hollow where it failed."""
    if kind == "recipe":
        return f'<circle class="ours outlined" cx="{x:.1f}" cy="{y:.1f}" r="8"/>'
    if kind == "distilled":
        return (
            f'<rect class="ours outlined" x="{x - 8:.1f}" y="{y - 8:.1f}" width="16" height="16"/>'
        )
    style = "hollow" if failed else "peer outlined"
    return f'<path class="{style}" d="M{x:.1f} {y - 9:.1f}l6 9l-6 9l-6 -9Z"/>'


def _line(style: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="{style}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _text(x: float, y: float, text: str, style: str) -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
