"""The check that decides which formats ship: their answers against those of torch in fp32."""

import numpy as np

from sentiment.calibration import FloatArray, IntArray
from sentiment.schema import Parity

MAX_ACCURACY_LOSS = 0.003
MAX_MEAN_DIFFERENCE = 0.01
MIN_AGREEMENT = 0.99

_CERTAINTY = 0.95


def compare(reference: FloatArray, candidate: FloatArray, labels: IntArray) -> Parity:
    """Return how far `candidate` is from `reference`, both probabilities (texts, labels)."""
    expected, predicted = reference.argmax(axis=1), candidate.argmax(axis=1)
    return Parity(
        texts=len(labels),
        accuracy=float((predicted == labels).mean()),
        reference_accuracy=float((expected == labels).mean()),
        mean_difference=float(np.abs(candidate - reference).mean()),
        agreement=float((predicted == expected).mean()),
    )


def is_certain(reference: FloatArray, candidate: FloatArray, labels: IntArray) -> bool:
    """Return whether more texts would hardly change what `failures` says.

    Certain to fail, where the mean difference or the share of labels that differ lies
    above its limit by more than its error; certain to pass, where the mean difference
    lies below by as much, no accuracy is missing, and the share may be at most twice its
    limit: 0 of 149 labels, 1 of 236, 5 of 524, as strict as 500 texts at once would be.
    The error of the mean is normal, that of the share is Clopper and Pearson's (1934).
    """
    from scipy.stats import beta, norm

    differences = np.abs(candidate - reference).mean(axis=1)
    count = len(differences)
    flips = int((candidate.argmax(axis=1) != reference.argmax(axis=1)).sum())
    if not np.isfinite(differences).all():
        return True
    mean = float(differences.mean())
    error = float(norm.ppf(_CERTAINTY) * differences.std(ddof=1) / np.sqrt(count))
    least = beta.ppf(1 - _CERTAINTY, flips, count - flips + 1) if flips else 0.0
    most = beta.ppf(_CERTAINTY, flips + 1, count - flips)
    if mean - error > MAX_MEAN_DIFFERENCE or least > 1 - MIN_AGREEMENT:
        return True
    within = mean + error <= MAX_MEAN_DIFFERENCE and most <= 2 * (1 - MIN_AGREEMENT)
    return within and not failures(compare(reference, candidate, labels))


def failures(parity: Parity) -> list[str]:
    """Return a message for each limit that is broken; none for a format that may ship.

    NaN breaks its limit.
    """
    holds_by_message = {
        f"accuracy {parity.accuracy:.4f} instead of {parity.reference_accuracy:.4f}": (
            parity.reference_accuracy - parity.accuracy <= MAX_ACCURACY_LOSS + 1e-9
        ),
        f"mean difference {parity.mean_difference:.4f} above {MAX_MEAN_DIFFERENCE:g}": (
            parity.mean_difference <= MAX_MEAN_DIFFERENCE
        ),
        f"agreement {parity.agreement:.4f} below {MIN_AGREEMENT:g}": (
            parity.agreement >= MIN_AGREEMENT
        ),
    }
    return [message for message, holds in holds_by_message.items() if not holds]
