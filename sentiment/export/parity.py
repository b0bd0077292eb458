"""The check that decides which formats ship: their answers against those of torch in fp32."""

import numpy as np

from sentiment.calibration import FloatArray, IntArray
from sentiment.schema import Parity

MAX_ACCURACY_LOSS = 0.003
MAX_MEAN_DIFFERENCE = 0.01
MIN_AGREEMENT = 0.99


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
