"""What may ship: the limits, each alone, and numbers that are none."""

import numpy as np
import pytest

from sentiment.export.parity import compare, failures, is_certain

LABELS = np.asarray([0, 1] * 500)


def rows(positive: np.ndarray) -> np.ndarray:
    return np.stack([1 - positive, positive], axis=1)


SURE = rows(np.where(LABELS == 1, 0.9, 0.1))


def flipped(count: int) -> np.ndarray:
    changed = SURE.copy()
    changed[:count] = changed[:count, ::-1]
    return changed


def test_equal_answers_may_ship() -> None:
    parity = compare(SURE, SURE, LABELS)
    assert (parity.texts, parity.accuracy, parity.mean_difference) == (1000, 1.0, 0.0)
    assert failures(parity) == []


def shifted(size: int, *by: float) -> np.ndarray:
    """Answers that differ from the sure ones by these amounts in turn."""
    moved = np.resize(by, size)
    return rows(SURE[:size, 1] + np.where(LABELS[:size] == 1, -moved, moved))


@pytest.mark.parametrize(
    ("candidate", "certain"),
    [
        (shifted(100, 0.004), False),
        (shifted(150, 0.004), True),
        (shifted(150, 0.001, 0.001, 0.018, 0.018), False),
        (shifted(50, 0.03), True),
        (flipped(6)[:50], True),
        (flipped(1)[:150], False),
        (rows(np.full(50, np.nan)), True),
    ],
    ids=["too few", "passes", "near the limit", "fails", "labels fail", "one label", "no numbers"],
)
def test_texts_are_added_until_it_is_certain(candidate: np.ndarray, certain: bool) -> None:
    size = len(candidate)
    assert is_certain(SURE[:size], candidate, LABELS[:size]) == certain


@pytest.mark.parametrize(
    ("candidate", "broken"),
    [
        (flipped(3), []),
        (flipped(4), ["accuracy"]),
        (flipped(11), ["accuracy", "agreement"]),
        (rows(np.clip(SURE[:, 1] + 0.0099, 0, 1)), []),
        (rows(np.clip(SURE[:, 1] + 0.0101, 0, 1)), ["mean difference"]),
        (rows(np.full(1000, np.nan)), ["accuracy", "mean difference", "agreement"]),
    ],
)
def test_a_broken_limit_is_named(candidate: np.ndarray, broken: list[str]) -> None:
    problems = failures(compare(SURE, candidate, LABELS))
    assert [any(problem.startswith(name) for problem in problems) for name in broken] == [
        True
    ] * len(broken)
    assert len(problems) == len(broken)
