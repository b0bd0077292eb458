"""Texts that nearly are others, found by sketches."""

import random

import pytest
from datasets import Dataset, DatasetDict

from sentiment.data import near_duplicates
from sentiment.data.near_duplicates import count_near_duplicates, near_any
from tests.support.reviews import FILLER


def review(seed: int, words: int = 120) -> str:
    generator = random.Random(seed)  # noqa: S311 -- texts, not secrets
    return " ".join(generator.choices(FILLER, k=words))


KNOWN = [review(seed) for seed in range(300)]


@pytest.mark.parametrize(
    "change",
    [
        str,
        str.upper,
        lambda text: text + " (edited)",
        lambda text: "Review: " + text,
        lambda text: text.replace(" the ", " that ", 1),
        lambda text: text[: -len(text) // 12],
    ],
    ids=["none", "case", "an addition", "a heading", "a word", "an end cut off"],
)
def test_texts_that_differ_in_little_are_nearly_identical(change: object) -> None:
    assert callable(change)
    assert near_any([change(text) for text in KNOWN], KNOWN).mean() > 0.97


def test_texts_of_the_same_words_in_another_order_are_others() -> None:
    assert near_any([review(seed) for seed in range(300, 600)], KNOWN).sum() == 0


@pytest.mark.parametrize(
    ("text", "other", "near"),
    [
        ("good", "Good", True),
        ("good", "bad", False),
        ("What a great film!", "What a great film", True),
        ("not a good film at all", "a good film", False),
        ("schlecht \N{PILE OF POO}", "schlecht \N{PILE OF POO}", True),
        ("とても良い映画でした。", "とても良い映画でした", True),
    ],
)
def test_short_texts_are_compared_too(text: str, other: str, near: bool) -> None:
    assert near_any([text], ["something else", other]).tolist() == [near]


def test_nothing_is_near_to_nothing() -> None:
    assert near_any(["good"], []).tolist() == [False]
    assert near_any([], ["good"]).tolist() == []


def test_texts_of_both_held_out_splits_are_counted() -> None:
    parts = DatasetDict(
        train=Dataset.from_dict({"text": KNOWN}),
        validation=Dataset.from_dict({"text": [f"{KNOWN[0]}!", review(999)]}),
        test=Dataset.from_dict({"text": [f"{KNOWN[1]}?", f"{KNOWN[2]}."]}),
    )
    assert count_near_duplicates(parts) == (3, True)


def test_data_without_training_have_no_near_duplicates() -> None:
    assert count_near_duplicates(DatasetDict(test=Dataset.from_dict({"text": KNOWN}))) == (0, True)


def test_of_very_large_splits_only_a_sample_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "MOST_CHARACTERS", 1000)
    train = Dataset.from_dict({"text": ["short " * 100] * 2000})
    parts = DatasetDict(train=train, test=Dataset.from_dict({"text": ["short " * 100]}))
    assert count_near_duplicates(parts) == (1, False)
