"""Which answers to doubt, so that of the others no more are wrong than was asked for.

The least confidence comes from the risk-coverage curve of the validation split (El-Yaniv and
Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010), which training
measures with the answers as they are served.
"""

import numpy as np

from sentiment.calibration import FloatArray, IntArray
from sentiment.errors import UsageError
from sentiment.schema import Doubt, ModelCard, Prediction, RiskCoverage, RiskPoint

_POINTS = 200  # of a curve in a card; half a percent of coverage is fine enough
_SURE = 0.9  # how surely the risk is not more than its bound; 0.5 would be as often too small
_NEVER = 1.01  # a confidence that no answer has


def risk_coverage(rows: FloatArray, labels: IntArray) -> RiskCoverage:
    """Return the curve of calibrated probabilities, shape (texts, labels), against the labels.

    The risk is Clopper and Pearson's upper bound of the share that is wrong (Geifman and
    El-Yaniv, "Selective Classification for Deep Neural Networks", NIPS 2017, algorithm 1).
    The share itself, of a threshold that is chosen for its few errors, would promise too much.
    """
    from scipy.stats import beta

    confidence = rows.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    confidence, wrong = confidence[order], (rows.argmax(axis=1) != labels)[order]
    errors = np.cumsum(wrong)
    texts = len(labels)
    # The last text of each confidence, so that equal ones are left or marked together.
    ends = np.flatnonzero(np.append(confidence[1:] < confidence[:-1], True))
    if len(ends) > _POINTS:
        ends = ends[np.linspace(0, len(ends) - 1, _POINTS).round().astype(int)]
    right = ends + 1 - errors[ends]
    # Where all are wrong the distribution has no mass, and the bound is 1.
    bounds = np.where(right > 0, beta.ppf(_SURE, errors[ends] + 1, np.maximum(right, 1)), 1.0)
    return RiskCoverage(
        texts=texts,
        points=[
            RiskPoint(
                confidence=float(min(confidence[end], 1.0)),
                coverage=float((end + 1) / texts),
                risk=float(bound),
            )
            for end, bound in zip(ends, bounds, strict=True)
        ],
    )


def find_doubt(card: ModelCard, tag: str, max_risk: float | None) -> Doubt | None:
    """Return which answers to mark for a risk in (0, 1); None if nothing is asked for.

    Raises `UsageError` for a model that was stored without a curve.
    """
    if max_risk is None:
        return None
    if card.risk_coverage is None:
        raise UsageError(
            f"{tag} has no risk-coverage curve, from which a risk of {max_risk:g} could be taken.",
            "Train it anew, or ask for no risk.",
        )
    points = [point for point in card.risk_coverage.points if point.risk <= max_risk]
    if not points:
        return Doubt(max_risk=max_risk, confidence=_NEVER, coverage=0.0)
    widest = max(points, key=lambda point: point.coverage)
    return Doubt(max_risk=max_risk, confidence=widest.confidence, coverage=widest.coverage)


def doubt_line(doubt: Doubt) -> str:
    """Return what a doubt means, in a line."""
    if doubt.coverage == 0:
        return (
            f"every answer is marked as uncertain: no share of the validation texts has a risk of "
            f"{doubt.max_risk:g}; ask for a higher one, or validate on more texts"
        )
    return (
        f"answers below a confidence of {doubt.confidence:.4f} are marked as uncertain; of the "
        f"others, {doubt.coverage:.1%} of the validation texts, at most {doubt.max_risk:.2%} "
        "should be wrong"
    )


def mark(prediction: Prediction, doubt: Doubt | None) -> Prediction:
    """Return the prediction with a mark whether it is uncertain, or as it is without a doubt."""
    if doubt is None:
        return prediction
    return prediction.model_copy(update={"uncertain": prediction.confidence < doubt.confidence})
