"""Temperature scaling: confidence that can be believed.

Fits one number on the validation split and divides the logits by it, which
moves confidence and never the label (Guo et al., "On Calibration of Modern
Neural Networks", ICML 2017). Applied here and nowhere else.
"""

import numpy as np
import numpy.typing as npt

from sentiment.schema import Calibration

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.integer]

_BOUNDS = (0.05, 20.0)  # beyond these a split is too small or too perfect to tell


def probabilities(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Return softmax(logits / temperature) as float64; shape (texts, labels).

    Raises `ValueError` when the temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, not {temperature}")
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def negative_log_likelihood(logits: FloatArray, labels: IntArray, temperature: float) -> float:
    """Return the mean log loss in nats of `labels` (shape (texts,)) at a temperature."""
    chosen = probabilities(logits, temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def fit_temperature(logits: FloatArray, labels: IntArray) -> float:
    """Return the temperature in [0.05, 20] that minimises the log loss.

    `logits` has shape (texts, labels), `labels` shape (texts,). The loss has one
    minimum in the inverse temperature, so a bounded scalar search over
    log(temperature) finds it.
    """
    from scipy.optimize import minimize_scalar

    result = minimize_scalar(
        lambda log_t: negative_log_likelihood(logits, labels, float(np.exp(log_t))),
        bounds=tuple(np.log(_BOUNDS)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return float(np.exp(result.x))


def expected_calibration_error(rows: FloatArray, labels: IntArray, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy, in [0, 1].

    `rows` are probabilities of shape (texts, labels). Texts are binned by the
    confidence of their label into `bins` of equal width, each weighted by its
    texts (Guo et al. 2017, equation 3).
    """
    confidence = rows.max(axis=1)
    correct = rows.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.bincount(place, weights=confidence - correct, minlength=bins)
    return float(np.abs(gap).sum() / max(count.sum(), 1))


def measure_calibration(logits: FloatArray, labels: IntArray, temperature: float) -> Calibration:
    """Return a temperature with what it does to the answers on these rows."""
    before, after = probabilities(logits), probabilities(logits, temperature)
    return Calibration(
        temperature=temperature,
        log_loss_before=negative_log_likelihood(logits, labels, 1.0),
        log_loss_after=negative_log_likelihood(logits, labels, temperature),
        expected_calibration_error_before=expected_calibration_error(before, labels),
        expected_calibration_error_after=expected_calibration_error(after, labels),
    )
