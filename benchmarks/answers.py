"""How good answers are: to test reviews, and to the edited pairs of the behaviour suite."""

from collections.abc import Sequence
from typing import TypedDict

from sentiment.behaviour.judging import IMPLIED_PAIRS, PAIRS, judge
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import FloatArray, IntArray, expected_calibration_error

HEAD = ("accuracy", "calibration error", "pairs right", "implied pairs right")
"""Of the columns that `cells` fills."""


class Figures(TypedDict):
    """What one way to answer comes to."""

    accuracy: float
    """Of the test reviews."""
    calibration_error: float
    pairs_right: float
    """Share of the suite's edited pairs in plain words both of whose sides are right."""
    implied_right: float
    """The same of the pairs whose verdict has to be inferred."""


def figures(test: FloatArray, labels: IntArray, suite: FloatArray, names: Sequence[str]) -> Figures:
    """Return the figures of probabilities of shape (texts, labels).

    `test` are those of the test reviews, whose labels are `labels`, of shape (texts,);
    `suite` those of the texts of the suite, in its order; `names` those of the labels.
    """
    judged = {each.ability: each for each in judge(load_suite(), suite, names).abilities}
    return {
        "accuracy": float((test.argmax(axis=1) == labels).mean()),
        "calibration_error": expected_calibration_error(test, labels),
        "pairs_right": 1 - judged[PAIRS].rate,
        "implied_right": 1 - judged[IMPLIED_PAIRS].rate,
    }


def cells(found: Figures) -> tuple[str, ...]:
    """Return the figures as a table shows them."""
    shares = (
        found["accuracy"],
        found["calibration_error"],
        found["pairs_right"],
        found["implied_right"],
    )
    return tuple(f"{share:.3f}" for share in shares)
