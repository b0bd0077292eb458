"""How much each text counts in the loss."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from sentiment.training.loop import class_weights

LABELS = [0] * 6 + [1] * 2 + [2]


def test_by_default_all_texts_count_alike() -> None:
    assert class_weights(LABELS, "none") is None


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    expected = compute_class_weight("balanced", classes=np.unique(LABELS), y=LABELS)
    assert class_weights(LABELS, "balanced") == pytest.approx(expected.tolist())


def test_balanced_weights_of_all_texts_add_up_to_their_number() -> None:
    weights = class_weights(LABELS, "balanced")
    assert weights is not None
    assert sum(weights[label] for label in LABELS) == pytest.approx(len(LABELS))
