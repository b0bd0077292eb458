"""From a model's answers to the suite to failure rates per ability."""

from collections.abc import Callable, Sequence

from sentiment.behaviour.suite import LABELS, Case, Suite, load_suite
from sentiment.calibration import FloatArray, probabilities
from sentiment.errors import UsageError, listed
from sentiment.inference.predictor import Predictor
from sentiment.schema import AbilityResult, BehaviourReport, ModelCard

MOST_MOVED = 0.05
"""By how much a probability may move where nothing of the verdict has changed."""

PAIRS = "edited pairs"
"""The verdict is said in plain words on both sides."""

IMPLIED_PAIRS = "edited pairs, implied"
"""The verdict has to be inferred from what is told."""


def require_labels(labels: Sequence[str]) -> None:
    """Raise `UsageError` unless a model's labels are those that the suite speaks of."""
    if set(labels) != set(LABELS):
        raise UsageError(
            f"The behaviour suite is about {' and '.join(LABELS)}; this model's labels are "
            f"{listed(labels)}.",
            "Leave --behaviour out.",
        )


def suite_logits(predictor: Predictor) -> FloatArray | None:
    """Return logits for the texts of the suite, in order; None for other labels or no English."""
    if set(predictor.card.labels) != set(LABELS):
        return None
    encodings = predictor.tokenizer.encode_batch(load_suite().texts)
    if not all(encoding.readable for encoding in encodings):
        return None
    return predictor.logits(encodings)


def judge_logits(logits: FloatArray, card: ModelCard) -> BehaviourReport:
    """Return the failure rates of a model's logits for the texts of the suite, in order."""
    rows = probabilities(logits, card.calibration.temperature)
    return judge(load_suite(), rows, card.labels)


def judge(suite: Suite, rows: FloatArray, labels: Sequence[str]) -> BehaviourReport:
    """Return the failure rates of probabilities of `suite.texts`, `rows` of (texts, labels).

    A pair fails unless both of its sides are right; the two kinds of pairs count as one
    more ability each.
    """
    require_labels(labels)
    positive = rows[:, list(labels).index("positive")].tolist()
    failed: dict[str, list[bool]] = {}
    place = 0
    for case in suite.cases:
        answers = positive[place : place + len(case.texts)]
        failed.setdefault(case.ability, []).append(_JUDGES[case.kind](case, answers))
        place += len(case.texts)
    edited_right: list[bool] = []
    for pair, original, edited in zip(
        suite.pairs, positive[place::2], positive[place + 1 :: 2], strict=True
    ):
        other = _right(edited, pair.edited_label)
        both = _right(original, pair.label) and other
        failed.setdefault(IMPLIED_PAIRS if pair.implied else PAIRS, []).append(not both)
        if not pair.implied:
            edited_right.append(other)
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
        pairs=len(edited_right),
        edited_right=sum(edited_right) / len(edited_right),
        both_right=1 - sum(failed[PAIRS]) / len(failed[PAIRS]),
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
