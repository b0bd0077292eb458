"""From a model's answers to the suite to failure rates per ability."""

from collections.abc import Callable, Sequence

from sentiment.behaviour.suite import LABELS, Case, Suite
from sentiment.calibration import FloatArray
from sentiment.errors import UsageError
from sentiment.schema import AbilityResult, BehaviourReport

MOST_MOVED = 0.05
"""By how much a probability may move where nothing of the verdict has changed."""

PAIRS = "edited pairs"


def require_labels(labels: Sequence[str]) -> None:
    """Raise `UsageError` unless a model's labels are those that the suite speaks of."""
    if set(labels) != set(LABELS):
        raise UsageError(
            f"The behaviour suite is about {' and '.join(LABELS)}; this model's labels are "
            f"{', '.join(labels)}.",
            "Leave --behaviour out.",
        )


def judge(suite: Suite, probabilities: FloatArray, labels: Sequence[str]) -> BehaviourReport:
    """Return the failure rates of answers to `suite.texts`, of shape (texts, labels).

    A pair fails unless both of its sides are right; it counts as one more ability.
    """
    require_labels(labels)
    positive = probabilities[:, list(labels).index("positive")].tolist()
    failed: dict[str, list[bool]] = {}
    place = 0
    for case in suite.cases:
        answers = positive[place : place + len(case.texts)]
        failed.setdefault(case.ability, []).append(_JUDGES[case.kind](case, answers))
        place += len(case.texts)
    originals, edited = positive[place::2], positive[place + 1 :: 2]
    original_right = [_right(p, pair.label) for p, pair in zip(originals, suite.pairs, strict=True)]
    edited_right = [
        _right(p, pair.edited_label) for p, pair in zip(edited, suite.pairs, strict=True)
    ]
    both = [one and other for one, other in zip(original_right, edited_right, strict=True)]
    failed[PAIRS] = [not each for each in both]
    abilities = [
        AbilityResult(ability=name, cases=len(each), failed=sum(each), rate=sum(each) / len(each))
        for name, each in failed.items()
    ]
    worst = max(abilities, key=lambda result: result.rate)
    return BehaviourReport(
        abilities=abilities,
        mean_failure=sum(result.rate for result in abilities) / len(abilities),
        worst_ability=worst.ability,
        worst_failure=worst.rate,
        pairs=len(both),
        edited_right=sum(edited_right) / len(both),
        both_right=sum(both) / len(both),
    )


def _right(positive: float, label: str) -> bool:
    return (positive > 0.5) == (label == "positive")


def _label_fails(case: Case, positive: Sequence[float]) -> bool:
    return not _right(positive[0], case.label)


def _same_fails(_: Case, positive: Sequence[float]) -> bool:
    first, *others = positive
    return any(
        abs(other - first) > MOST_MOVED or (other > 0.5) != (first > 0.5) for other in others
    )


def _more_fails(case: Case, positive: Sequence[float]) -> bool:
    weaker, stronger = (p if case.label == "positive" else 1 - p for p in positive)
    return stronger < weaker - MOST_MOVED


_JUDGES: dict[str, Callable[[Case, Sequence[float]], bool]] = {
    "label": _label_fails,
    "same": _same_fails,
    "more": _more_fails,
}
