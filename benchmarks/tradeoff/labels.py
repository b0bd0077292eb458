"""Where the labels of a scatter plot stand, so that none covers another, or a marker.

Markers are placed by the data; labels go to the first free place around theirs, nearest
first. Widths are estimated, because an SVG is drawn with the reader's own letters.
"""

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LETTER = 10.8  # pixels: a letter of 19 pixels is 10 wide at the mean in a wide font
_HEIGHT = 22
_ORDERS = 200
_MISLEADING = 50  # pixels, that a label may be further away if that makes it clear
_GAP = 14  # from a marker's centre to its label


class Box(NamedTuple):
    """A rectangle; y grows downwards, as in SVG."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Return whether they have more than an edge in common."""
        apart = (
            self.right <= other.left
            or other.right <= self.left
            or self.bottom <= other.top
            or other.bottom <= self.top
        )
        return not apart

    def distance(self, marker: "Marker") -> float:
        """Return how far a marker's centre is from its edge, 0 inside."""
        beside = max(self.left - marker.x, 0, marker.x - self.right)
        return math.hypot(beside, max(self.top - marker.y, 0, marker.y - self.bottom))

    def inside(self, other: "Box") -> bool:
        """Return whether no part of it is outside the other."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


class Marker(NamedTuple):
    """A marker, whose label is empty if it has none."""

    x: float
    y: float
    label: str = ""
    radius: float = 9

    @property
    def box(self) -> Box:
        """The square around it."""
        return Box(
            self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius
        )


def place(markers: Sequence[Marker], area: Box) -> list[Box | None]:
    """Return the box of each marker's label within `area`, None for those without one.

    Labels are placed one after the other, each as near as it can be to its marker. Which of
    them come first decides what is left for the others, so several orders are tried, and
    the one with the nearest labels is taken. A label for which there is no place in any is
    None too; the caller has other means to name its marker.
    """
    labelled = [number for number, marker in enumerate(markers) if marker.label]
    shuffled = random.Random(0)  # noqa: S311  # the same chart for the same figures
    orders = [labelled, *(shuffled.sample(labelled, len(labelled)) for _ in range(_ORDERS))]
    found = min(
        (_in_order(markers, area, order) for order in orders),
        key=lambda boxes: (-len(boxes), _distance(markers, boxes)),
    )
    return [found.get(number) for number in range(len(markers))]


def _distance(markers: Sequence[Marker], boxes: dict[int, Box]) -> float:
    """Return how far labels are from their markers in all, more where another is nearer."""
    total = 0.0
    for number, box in boxes.items():
        own = box.distance(markers[number])
        others = (box.distance(markers[other]) for other in boxes if other != number)
        total += own + _MISLEADING * any(other <= own for other in others)
    return total


def _in_order(markers: Sequence[Marker], area: Box, order: Sequence[int]) -> dict[int, Box]:
    """Return the boxes of labels, by the numbers of their markers, each placed in this order."""
    taken = [marker.box for marker in markers]
    found: dict[int, Box] = {}
    for number in order:
        for box in _around(markers[number]):
            if box.inside(area) and not any(box.overlaps(other) for other in taken):
                found[number] = box
                taken.append(box)
                break
    return found


def _around(marker: Marker) -> Iterator[Box]:
    """Yield places for a label: beside its marker, above and below, then further away."""
    width = _LETTER * len(marker.label)
    columns = (marker.x + _GAP, marker.x - _GAP - width, marker.x - width / 2)
    for row in (0, -1, 1, -1.5, 1.5, -2, 2, -3, 3, -4, 4):
        top = marker.y - _HEIGHT / 2 + row * _HEIGHT
        for left in columns:
            yield Box(left, top, left + width, top + _HEIGHT)
