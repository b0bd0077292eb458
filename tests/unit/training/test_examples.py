"""Targets and weights of what is trained on."""

from pathlib import Path

import numpy as np
import pytest

from sentiment.behaviour.suite import LABELS as VERDICTS
from sentiment.data import Corpus, load
from sentiment.inference.encoded_split import encode_split
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import TrainingSettings
from sentiment.training.consistency import GROUP_SIZE
from sentiment.training.examples import labelled_examples, make_examples, single_sentences
from tests.support.reviews import write_csv

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


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    rows = [
        (f"good film {number} of nine lives. " * 4, VERDICTS[number % 2]) for number in range(30)
    ]
    return load(TrainingSettings(data=str(write_csv(tmp_path / "reviews.csv", rows))))


def test_training_may_read_less_of_a_text_than_serving(
    corpus: Corpus, tokenizer_folder: Path
) -> None:
    whole, short = (Tokenizer(tokenizer_folder, length) for length in (48, 8))
    train = encode_split(corpus, "train", whole)
    examples = make_examples(TrainingSettings(train_length=8), corpus, train, short, None)
    assert examples.ids == [short.encode(text).ids for text in train.texts]
    assert max(examples.lengths) == 8 < max(train.lengths)
    assert examples.targets.argmax(axis=1).tolist() == train.labels


def test_sentences_come_after_the_training_split_and_count_half(
    corpus: Corpus, tokenizer_folder: Path
) -> None:
    tokenizer = Tokenizer(tokenizer_folder, 48)
    train = encode_split(corpus, "train", tokenizer)
    settings = TrainingSettings(sentences=6)
    examples = make_examples(settings, corpus, train, tokenizer, None)
    assert examples.ids[: len(train.ids)] == train.ids
    assert len(examples.ids) == len(train.ids) + 6
    assert examples.weights.tolist() == [1.0] * len(train.ids) + [0.5] * 6


def test_a_sentence_has_the_label_of_its_text(corpus: Corpus, tokenizer_folder: Path) -> None:
    train = encode_split(corpus, "train", Tokenizer(tokenizer_folder, 48))
    label_of = dict(zip(train.texts, train.labels, strict=True))
    sentences, labels = single_sentences(train, 5, seed=1)
    assert len(sentences) == 5
    for sentence, label in zip(sentences, labels, strict=True):
        assert any(sentence in text for text, its in label_of.items() if its == label)
    assert single_sentences(train, 5, seed=1) == (sentences, labels)
    assert single_sentences(train, 5, seed=2) != (sentences, labels)


def test_each_step_has_a_group_of_its_own(corpus: Corpus, tokenizer_folder: Path) -> None:
    tokenizer = Tokenizer(tokenizer_folder, 48)
    train = encode_split(corpus, "train", tokenizer)
    settings = TrainingSettings(consistency=1.0, batch_size=4, epochs=2)
    examples = make_examples(settings, corpus, train, tokenizer, None)
    assert len(examples.ids) == len(train.ids)
    assert len(examples.groups) == 2 * -(-len(train.ids) // 4)
    assert {len(group) for group in examples.groups} == {GROUP_SIZE}
