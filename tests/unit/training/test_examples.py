"""Targets and weights of what is trained on."""

import numpy as np
import pytest

from sentiment.training.examples import labelled_examples
from sentiment.training.neutral_sentences import neutral_sentences

LABELS = [0] * 8 + [1, 2]
IDS = [[2, place + 5, 3] for place in range(len(LABELS))]


def test_a_label_is_the_whole_of_its_target() -> None:
    examples = labelled_examples(IDS, LABELS, 3, "none")
    assert examples.targets.argmax(axis=1).tolist() == LABELS
    assert examples.targets.sum() == len(LABELS)
    assert examples.weights.tolist() == [1.0] * len(LABELS)
    assert examples.lengths == [3] * len(LABELS)


def test_balanced_weights_are_those_of_scikit_learn_and_add_up_to_the_texts() -> None:
    from sklearn.utils.class_weight import compute_sample_weight

    weights = labelled_examples(IDS, LABELS, 3, "balanced").weights
    assert weights == pytest.approx(compute_sample_weight("balanced", LABELS))
    assert weights.sum() == pytest.approx(len(LABELS))


def test_a_label_without_a_text_costs_the_others_nothing() -> None:
    assert np.isfinite(labelled_examples(IDS[:8], LABELS[:8], 2, "balanced").weights).all()


def test_more_examples_count_one_each() -> None:
    examples = labelled_examples(IDS, LABELS, 3, "balanced").with_more(
        [[2, 3]], np.full((1, 3), 1 / 3)
    )
    assert len(examples.ids) == len(examples.targets) == len(examples.weights) == 11
    assert examples.weights[-1] == 1


def test_neutral_sentences_are_the_same_for_a_seed_and_most_say_nothing() -> None:
    sentences = neutral_sentences(300, seed=3)
    assert sentences == neutral_sentences(300, seed=3)
    assert sentences != neutral_sentences(300, seed=4)
    assert sum(sentence.verdict is None for sentence in sentences) == 200
    assert not any("{" in sentence.text for sentence in sentences)
    for sentence in sentences:
        target = sentence.target(["positive", "negative"])
        assert sum(target) == 1
        if sentence.verdict is None:
            assert target == [0.5, 0.5]
        else:
            assert target[["positive", "negative"].index(sentence.verdict)] == 1
