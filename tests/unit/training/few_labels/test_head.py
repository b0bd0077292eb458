"""The linear head that is fitted on embeddings."""

import numpy as np
import pytest
import torch

from sentiment.calibration import FloatArray, probabilities
from sentiment.training.few_labels.head import fit_head


def clusters(labels: list[int], apart: float = 1.0, seed: int = 0) -> FloatArray:
    """Return embeddings of length 1, of which each label has a direction of its own."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(max(labels) + 1, 16))
    rows = apart * centres[labels] + generator.normal(size=(len(labels), 16)) + 3
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize("strength", [None, 1.0])
@pytest.mark.parametrize("label_count", [2, 5])
def test_it_learns_any_number_of_labels(label_count: int, strength: float | None) -> None:
    labels = [number % label_count for number in range(60)]
    head = fit_head(clusters(labels, apart=4), labels, label_count, "none", strength)
    assert head.weights.shape == (label_count, 16)
    assert head.logits(clusters(labels, apart=4)).argmax(axis=1).tolist() == labels


def test_the_logits_are_those_of_the_logistic_regression_it_was() -> None:
    from sklearn.linear_model import LogisticRegression

    labels = [number % 2 for number in range(40)]
    embeddings = clusters(labels, apart=0.5)
    scaled = embeddings - embeddings.mean(axis=0)
    scaled /= np.sqrt((scaled**2).sum(axis=1).mean())
    wanted = LogisticRegression(C=1.0, max_iter=1000).fit(scaled, labels).predict_proba(scaled)
    head = fit_head(embeddings, labels, 2, "none", 1.0)
    np.testing.assert_allclose(probabilities(head.logits(embeddings)), wanted, atol=1e-6)


def test_a_label_without_a_text_is_never_answered() -> None:
    labels = [0, 2] * 10
    logits = fit_head(clusters(labels), labels, 3, "none").logits(clusters(labels, seed=1))
    assert set(logits.argmax(axis=1).tolist()) <= {0, 2}


def test_a_single_text_of_a_label_is_enough() -> None:
    labels = [0] * 9 + [1]
    assert fit_head(clusters(labels), labels, 2, "none").weights.shape == (2, 16)


def test_balanced_weights_answer_the_rare_label_more_often() -> None:
    labels = [0] * 36 + [1] * 4
    shares = []
    for weight in ("none", "balanced"):
        head = fit_head(clusters(labels, apart=0.3), labels, 2, weight, 1.0)
        others = clusters([0, 1] * 50, apart=0.3, seed=1)
        shares.append(probabilities(head.logits(others))[:, 1].mean())
    assert shares[1] > shares[0] + 0.1


def test_embeddings_that_tell_nothing_get_an_uncertain_head() -> None:
    labels = [number % 2 for number in range(60)]
    noise = clusters([0] * 60)
    chosen, weak = (fit_head(noise, labels, 2, "none", strength) for strength in (None, 100.0))
    confidences = [probabilities(head.logits(noise)).max(axis=1).mean() for head in (chosen, weak)]
    assert confidences[0] < confidences[1] - 0.1


def test_it_becomes_a_layer_of_torch() -> None:
    labels = [0, 1, 2] * 10
    embeddings = clusters(labels)
    head = fit_head(embeddings, labels, 3, "none")
    layer = torch.nn.Linear(16, 3)
    head.write_into(layer)
    with torch.inference_mode():
        logits = layer(torch.from_numpy(embeddings).float()).numpy()
    np.testing.assert_allclose(logits, head.logits(embeddings), atol=1e-4)
