"""What the n-grams of a text say, and how they are kept."""

from pathlib import Path

import numpy as np
import pytest

from sentiment.errors import ModelDamaged
from sentiment.inference.ngrams import BITS, NGRAMS_FILE, NgramClassifier, buckets


def classifier(weights: dict[int, int], labels: int = 2) -> NgramClassifier:
    """Return n-grams that give single tokens these weights, the same for each row."""
    rows = 1 if labels == 2 else labels
    table = np.zeros((rows, 1 << BITS), dtype=np.int8)
    for token, weight in weights.items():
        table[:, buckets(np.array([token], dtype=np.uint64))] = weight
    return NgramClassifier(table, np.ones(rows), np.zeros(rows))


def test_buckets_are_those_of_the_tokens_and_then_of_their_pairs() -> None:
    found = buckets(np.array([7, 8, 9], dtype=np.uint64))
    single = [int(buckets(np.array([token], dtype=np.uint64))[0]) for token in (7, 8, 9)]
    assert found[:3].tolist() == single
    assert len(found) == 5
    assert found[3] == buckets(np.array([7, 8], dtype=np.uint64))[2]
    assert found[3] != buckets(np.array([8, 7], dtype=np.uint64))[2], "the order of a pair counts"
    assert 0 <= found.min() <= found.max() < 1 << BITS


def test_a_text_is_as_long_as_its_distinct_n_grams() -> None:
    reading = classifier({5: 10}).reading([5, 6])
    assert reading.logits.tolist() == pytest.approx([-5 / 3**0.5, 5 / 3**0.5])
    assert reading.tokens == 2
    assert reading.seen == pytest.approx(1 / 3)


def test_a_text_whose_end_says_the_opposite_is_not_steady() -> None:
    weights = {1: 10, 2: -4}
    assert not classifier(weights).reading([1, 1, 9, 9, 9, 2]).steady
    assert classifier(weights).reading([2, 9, 9, 9, 1, 1]).steady


@pytest.mark.parametrize("ids", [[], [3]])
def test_hardly_any_text_is_read_too(ids: list[int]) -> None:
    reading = classifier({3: 10}).reading(ids)
    assert reading.tokens == len(ids)
    assert np.isfinite(reading.logits).all()


def test_more_labels_have_a_row_each() -> None:
    assert classifier({3: 10}, labels=4).reading([3, 4]).logits.shape == (4,)


def test_they_are_read_as_they_were_written(tmp_path: Path) -> None:
    ngrams = classifier({1: 3, 2: -7})
    ngrams.write(tmp_path)
    again = NgramClassifier.read(tmp_path)
    assert np.array_equal(again.weights, ngrams.weights)
    assert again.reading([1, 2, 3]).logits.tolist() == ngrams.reading([1, 2, 3]).logits.tolist()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "is missing"),
        (b"", "is damaged"),
        (b"PK\x03\x04 no archive", "is damaged"),
        (b"no archive either", "is damaged"),
    ],
)
def test_a_file_that_is_not_whole_is_named_with_what_to_do(
    tmp_path: Path, content: bytes | None, fault: str
) -> None:
    if content is not None:
        (tmp_path / NGRAMS_FILE).write_bytes(content)
    with pytest.raises(ModelDamaged, match=f"{NGRAMS_FILE} {fault}.*SENTIMENT_CASCADE=off"):
        NgramClassifier.read(tmp_path)


@pytest.mark.parametrize("place", [0.01, 0.5, 0.999])
def test_a_bit_that_was_flipped_is_noticed(tmp_path: Path, place: float) -> None:
    classifier({1: 3}).write(tmp_path)
    content = bytearray((tmp_path / NGRAMS_FILE).read_bytes())
    content[int(len(content) * place)] ^= 4
    (tmp_path / NGRAMS_FILE).write_bytes(content)
    with pytest.raises(ModelDamaged):
        NgramClassifier.read(tmp_path)


def test_a_table_is_missing(tmp_path: Path) -> None:
    np.savez(tmp_path / NGRAMS_FILE, weights=np.zeros(3))
    with pytest.raises(ModelDamaged, match="KeyError"):
        NgramClassifier.read(tmp_path)
