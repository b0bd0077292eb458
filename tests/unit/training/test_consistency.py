"""Groups of texts that must get the same answer."""

import pytest

from sentiment.behaviour.suite import load_suite
from sentiment.training.consistency import GROUP_SIZE, consistency_groups, sentences_of

SENTENCES = ["The music was lovely from beginning to end.", "Nobody in the cast can act at all."]


def test_groups_are_the_same_for_a_seed() -> None:
    groups = consistency_groups(40, SENTENCES, seed=3)
    assert groups == consistency_groups(40, SENTENCES, seed=3)
    assert groups != consistency_groups(40, SENTENCES, seed=4)


@pytest.mark.parametrize("sentences", [SENTENCES, []])
def test_the_texts_of_a_group_differ_and_every_place_is_filled(sentences: list[str]) -> None:
    for group in consistency_groups(200, sentences, seed=0):
        assert len(group) == GROUP_SIZE
        assert len(set(group)) > 1
        assert not any("{" in text or "}" in text for text in group)


def test_sentences_of_the_data_stand_in_some_groups_unchanged() -> None:
    groups = consistency_groups(200, SENTENCES, seed=0)
    beside = [group for group in groups if any(sentence in group[-1] for sentence in SENTENCES)]
    assert 0.2 < len(beside) / len(groups) < 0.8


def test_no_text_of_the_behaviour_suite_is_trained_on() -> None:
    trained = {text for group in consistency_groups(2000, [], seed=0) for text in group}
    assert trained.isdisjoint(load_suite().texts)


def test_sentences_are_neither_very_short_nor_very_long() -> None:
    text = "No! The music was lovely from beginning to end. " + "and " * 100 + "then."
    assert sentences_of(text) == ["The music was lovely from beginning to end."]
