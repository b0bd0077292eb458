"""The frame of a chart as SVG: a card with a title, in the reader's light or dark mode.

It has a background of its own. Its letters are large, because a phone shows it at less
than half its size. What is drawn inside is the chart's own.
"""

from collections.abc import Iterable, Sequence
from html import escape
from string import Template

WIDTH = 800
MARGIN = 28
_LINE = 30  # from one line of small text to the next

_CARD = Template("""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 $height" width="800" height="$height"
  role="img" aria-labelledby="title desc">
<title id="title">$title</title>
<desc id="desc">$description</desc>
<style>
  text { font: 22px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
  .card { fill: #fff; stroke: #d8dee6 } text { fill: #1f2933 } .quiet { fill: #5b6773 }
  .peer { fill: #9aa8b8 } .ours { fill: #1f6feb } .failed { fill: #b42318 }
  .stripe { stroke: #fff } .grid { stroke: #d8dee6 } .outlined { stroke: #fff }
  .hollow { fill: none; stroke: #9aa8b8; stroke-width: 2 } .leader { stroke: #5b6773 }
  .label { text-anchor: end } .title { font-size: 30px } .title, .strong { font-weight: 650 }
  .small { font-size: 19px } .middle { text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    .card { fill: #12171e; stroke: #303944 } text { fill: #e8edf2 } .quiet { fill: #a3afbb }
    .peer { fill: #66758a } .ours { fill: #4c94ff } .failed { fill: #ff9a8d }
    .stripe { stroke: #12171e } .grid { stroke: #303944 } .outlined { stroke: #12171e }
    .hollow { stroke: #66758a } .leader { stroke: #a3afbb }
  }
</style>
<pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse"
  patternTransform="rotate(45)"><path class="stripe" d="M2 0v9" stroke-width="4"/></pattern>
<rect class="card" x="0.5" y="0.5" width="799" height="$card" rx="12"/>
<text class="title" x="28" y="52">$title</text>
<text class="quiet small" x="28" y="86">$subtitle</text>
$drawing
$caption
</svg>
""")


def card(
    title: str,
    subtitle: str,
    described: Iterable[str],
    drawing: Iterable[str],
    end: float,
    caption: Sequence[str],
) -> str:
    """Return a chart: its title, then what is drawn as far as `end`, then lines of caption.

    `drawing` is SVG elements between y 100 and `end`; all else is plain text.
    `described` is read to those who do not see the chart.
    """
    height = round(end) + 32 + _LINE * (len(caption) - 1) + 28
    return _CARD.substitute(
        height=height,
        card=height - 1,
        title=escape(title),
        subtitle=escape(subtitle),
        description=escape("; ".join(described)),
        drawing="\n".join(drawing),
        caption="\n".join(
            f'<text class="quiet small" x="{MARGIN}" y="{round(end) + 32 + _LINE * line}">'
            f"{escape(sentence)}</text>"
            for line, sentence in enumerate(caption)
        ),
    )
