"""The scales of a plot: from figures to pixels, and the round figures on its axes."""

import math
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import NamedTuple

_MOST_STEPS = 5  # on a linear scale


class Scale(NamedTuple):
    """An axis."""

    to_pixel: Callable[[float], float]
    ticks: list[float]
    """Round figures within the axis."""


def linear(values: Sequence[float], low_pixel: float, high_pixel: float) -> Scale:
    """Return a scale from one round figure to another, with all values well inside."""
    spread = max(max(values) - min(values), 0.02)
    low, high = min(values) - spread / 8, max(values) + spread / 8
    step = next(
        size
        for size in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
        if math.ceil(high / size) - math.floor(low / size) <= _MOST_STEPS
    )
    first, last = math.floor(low / step), math.ceil(high / step)
    pixels = (high_pixel - low_pixel) / (last - first)
    return Scale(
        lambda value: low_pixel + (value / step - first) * pixels,
        [number * step for number in range(first, last + 1)],
    )


def logarithmic(values: Sequence[float], low_pixel: float, high_pixel: float) -> Scale:
    """Return a scale of ratios with room on both sides, and ticks at 1, 2, 3, 5, 7, 10, 20, …"""
    low, high = math.log(min(values) / 1.5), math.log(max(values) * 1.3)
    pixels = (high_pixel - low_pixel) / (high - low)
    round_figures = (
        digit * 10.0**power
        for power in range(math.floor(low / math.log(10)), 9)
        for digit in (1, 2, 3, 5, 7)
    )
    below = takewhile(lambda figure: figure <= math.exp(high), round_figures)
    return Scale(
        lambda value: low_pixel + (math.log(value) - low) * pixels,
        [figure for figure in below if figure >= math.exp(low)],
    )
