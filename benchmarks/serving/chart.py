"""The chart of serving: answers per second with 64 callers, one bar for each server, as SVG."""

from collections import Counter
from html import escape
from typing import NamedTuple

from benchmarks import svg
from benchmarks.serving.result import Result, answers_per_s, at, measured
from benchmarks.serving.servers import OURS, SHORT_NAMES
from sentiment.schema import EngineInfo

FILE = "serving.svg"
CALLERS = 64
_TITLE = f"Answers per second with {CALLERS} callers"
_SUBTITLE = "Higher is better. Same model, same reviews, same cores."
_FAILURES = "Hatched: the server also sent errors or wrong answers, counted in red."
_BARS_AT, _LONGEST = 350, 368  # pixels: names fit on the left, a figure fits on the right
_FIRST_ROW, _ROW, _BAR = 116, 44, 30


class Bar(NamedTuple):
    """A server in the chart."""

    name: str
    short: str
    per_s: float
    """Right answers per second."""
    failed: int
    """Replies that were refused, failed or wrong."""


def chart(result: Result) -> str:
    """Return an SVG with a bar for each server, the fastest first.

    A bar is hatched if the server also sent replies that were not right.
    """
    bars = bars_of(result)
    longest = max(bar.per_s for bar in bars) or 1.0
    rows = [_row(bar, place, _LONGEST * bar.per_s / longest) for place, bar in enumerate(bars)]
    end = _FIRST_ROW + _ROW * len(bars)
    precision = EngineInfo.model_validate(result["engine"]).precision
    caption = [
        f"{result['machine']}, {result['day']}. Sentiment computes in {precision}.",
        *([_FAILURES] if any(bar.failed for bar in bars) else []),
    ]
    return svg.card(_TITLE, _SUBTITLE, map(_described, bars), rows, end, caption)


def bars_of(result: Result) -> list[Bar]:
    """Return the servers that were measured, the fastest first."""
    failed: Counter[str] = Counter()
    for server in measured(result):
        failed[server["name"]] += sum(at(server, CALLERS)["others"].values())
    speeds = answers_per_s(result, CALLERS)
    bars = [Bar(name, SHORT_NAMES[name], per_s, failed[name]) for name, per_s in speeds.items()]
    return sorted(bars, key=lambda bar: bar.per_s, reverse=True)


def _described(bar: Bar) -> str:
    return f"{bar.short}: {bar.per_s:.0f}" + f", {bar.failed} replies failed" * (bar.failed > 0)


def _row(bar: Bar, place: int, width: float) -> str:
    top = _FIRST_ROW + _ROW * place
    foot = top + _BAR - 7  # base line of letters of 22 pixels, centred on a bar of 30
    name, strong = ("ours", " strong") if bar.name == OURS.name else ("peer", "")
    box = f'x="{_BARS_AT}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="4"'
    failed = f'<tspan class="failed small" dx="12">{bar.failed:,} failed</tspan>'
    return (
        f'<text class="label{strong}" x="{_BARS_AT - 14}" y="{foot}">{escape(bar.short)}</text>'
        f'<rect class="{name}" {box}/>'
        + f'<rect fill="url(#hatch)" {box}/>' * (bar.failed > 0)
        + f'<text class="strong" x="{_BARS_AT + width + 10:.1f}" y="{foot}">{bar.per_s:.0f}'
        + failed * (bar.failed > 0)
        + "</text>"
    )
