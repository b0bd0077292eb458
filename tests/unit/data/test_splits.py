import numpy as np
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from sentiment.data import splits
from sentiment.errors import DataError

NAMES = ["negative", "positive"]


def rows(*pairs: tuple[str | None, int], names: list[str] = NAMES) -> Dataset:
    features = Features({"text": Value("string"), "label": ClassLabel(names=names)})
    columns = {"text": [text for text, _ in pairs], "label": [label for _, label in pairs]}
    return Dataset.from_dict(columns, features=features)


def numbered(size: int, names: list[str] = NAMES) -> Dataset:
    return rows(*((f"text {n}", n % len(names)) for n in range(size)), names=names)


# --- duplicates -----------------------------------------------------------------


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_a_training_text_that_is_held_out_is_dropped(held_out: str) -> None:
    parts = DatasetDict({"train": rows(("same", 0), ("own", 1)), held_out: rows(("same", 1))})
    kept, dropped = splits.drop_seen(parts)
    assert dropped == 1
    assert list(kept["train"]["text"]) == ["own"]
    assert list(kept[held_out]["text"]) == ["same"]


def test_each_training_row_of_a_held_out_text_counts() -> None:
    parts = DatasetDict(train=rows(("same", 0), ("own", 1), ("same", 0)), test=rows(("same", 0)))
    assert splits.drop_seen(parts)[1] == 2


def test_a_validation_text_that_is_tested_on_is_dropped() -> None:
    """Calibrating on a test text would flatter the test as training on it does."""
    parts = DatasetDict(
        train=rows(("own", 1)), validation=rows(("same", 0), ("other", 1)), test=rows(("same", 0))
    )
    kept, _ = splits.drop_seen(parts)
    assert list(kept["validation"]["text"]) == ["other"]


def test_splits_that_share_nothing_are_left_as_they_are() -> None:
    kept, dropped = splits.drop_seen(DatasetDict(train=numbered(4), test=rows(("other", 0))))
    assert dropped == 0
    assert list(kept["train"]) == list(numbered(4))


@pytest.mark.parametrize("name", ["train", "validation"])
def test_a_split_of_which_nothing_is_left_is_named_with_the_reason(name: str) -> None:
    parts = DatasetDict({name: rows(("same", 0), ("same", 1)), "test": rows(("same", 0))})
    with pytest.raises(DataError, match=f"All 2 rows of the {name} split also stand in a later"):
        splits.drop_seen(parts)


def test_a_corpus_without_a_training_split_is_left_as_it_is() -> None:
    kept, dropped = splits.drop_seen(DatasetDict(test=numbered(4)))
    assert (dropped, list(kept)) == (0, ["test"])


# --- contradictions --------------------------------------------------------------


def test_texts_with_several_labels_are_counted_with_their_rows_over_all_splits() -> None:
    parts = DatasetDict(
        train=rows(("so so", 0), ("so so", 1), ("so so", 1), ("good", 1), ("good", 1), ("bad", 0)),
        test=rows(("bad", 1), ("dull", 0)),
    )
    assert splits.contradictions(parts) == (2, 5)


def test_copies_with_one_label_contradict_nothing() -> None:
    assert splits.contradictions(DatasetDict(train=rows(("a", 1), ("a", 1), ("b", 0)))) == (0, 0)


# --- subsets --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "names", "counts"),
    [
        (10, NAMES, [5, 5]),
        (11, NAMES, [6, 5]),
        (9, ["a", "b", "c"], [3, 3, 3]),
        (11, ["a", "b", "c"], [4, 4, 3]),
    ],
)
def test_a_subset_has_as_many_rows_of_each_label(
    size: int, names: list[str], counts: list[int]
) -> None:
    subset = splits.balanced_subset(numbered(60, names), size, seed=0)
    assert np.bincount(subset["label"]).tolist() == counts


def test_a_subset_of_unbalanced_rows_is_balanced() -> None:
    skewed = rows(*((f"n{n}", 0) for n in range(90)), *((f"p{n}", 1) for n in range(10)))
    subset = splits.balanced_subset(skewed, 20, seed=0)
    assert np.bincount(subset["label"]).tolist() == [10, 10]


def test_a_subset_draws_each_row_once_and_keeps_its_label() -> None:
    original = {row["text"]: row["label"] for row in numbered(60)}
    subset = list(splits.balanced_subset(numbered(60), 40, seed=0))
    assert len({row["text"] for row in subset}) == 40
    assert all(original[row["text"]] == row["label"] for row in subset)


def test_a_subset_is_shuffled() -> None:
    labels = list(splits.balanced_subset(numbered(200), 100, seed=0)["label"])
    assert labels not in (sorted(labels), sorted(labels, reverse=True))
    assert sorted(labels[:50]) not in ([0] * 50, [1] * 50)


def test_the_same_seed_draws_the_same_subset() -> None:
    first, second = (splits.balanced_subset(numbered(60), 20, seed=3) for _ in range(2))
    assert list(first) == list(second)


def test_another_seed_draws_another_subset() -> None:
    first, second = (splits.balanced_subset(numbered(60), 20, seed) for seed in (3, 4))
    assert set(first["text"]) != set(second["text"])


@pytest.mark.parametrize(
    ("counts", "size", "shares"),
    [
        ([10, 10], 8, [4, 4]),
        ([10, 10], 7, [4, 3]),
        ([10, 2], 8, [6, 2]),
        ([2, 10], 8, [2, 6]),
        ([1, 3, 100], 20, [1, 3, 16]),
        ([1, 100, 100], 20, [1, 10, 9]),
        ([0, 5, 5], 4, [0, 2, 2]),
        ([3, 1], 9, [3, 1]),
    ],
)
def test_what_a_label_lacks_is_shared_by_the_others(
    counts: list[int], size: int, shares: list[int]
) -> None:
    assert splits.balanced_shares(counts, size) == shares


def test_of_a_label_with_too_few_rows_all_are_in_the_subset() -> None:
    skewed = rows(*((f"a {n}", 0) for n in range(50)), ("b", 1), ("c", 1))
    subset = splits.balanced_subset(skewed, 12, seed=0)
    assert np.bincount(subset["label"]).tolist() == [10, 2]


# --- checks and fingerprints ----------------------------------------------------


@pytest.mark.parametrize("empty", ["train", "validation", "test"])
def test_an_empty_split_is_refused_by_its_name(empty: str) -> None:
    parts = DatasetDict(train=numbered(4), validation=numbered(4), test=numbered(4))
    parts[empty] = parts[empty].select([])
    with pytest.raises(DataError, match=f"The {empty} split has no rows.*Check the file"):
        splits.check_splits(parts)


def test_training_rows_of_one_label_are_refused_by_its_name() -> None:
    with pytest.raises(DataError, match="All training rows have one label, 'positive'"):
        splits.check_splits(DatasetDict(train=rows(("a", 1), ("b", 1))))


def test_a_test_split_may_have_one_label() -> None:
    splits.check_splits(DatasetDict(train=numbered(2), test=rows(("a", 1))))


def test_the_fingerprint_of_the_same_rows_is_the_same() -> None:
    one, other = (splits.fingerprint(DatasetDict(train=numbered(4))) for _ in range(2))
    assert one == other
    assert len(one) == 64


@pytest.mark.parametrize(
    "changed",
    [
        DatasetDict(train=rows(("a", 0), ("B", 1))),
        DatasetDict(train=rows(("a", 0), ("b", 0))),
        DatasetDict(train=rows(("b", 1), ("a", 0))),
        DatasetDict(train=rows(("a", 0))),
        DatasetDict(test=rows(("a", 0), ("b", 1))),
    ],
    ids=["a text", "a label", "the order", "a row less", "the split"],
)
def test_the_fingerprint_tells_what_changed(changed: DatasetDict) -> None:
    original = DatasetDict(train=rows(("a", 0), ("b", 1)))
    assert splits.fingerprint(changed) != splits.fingerprint(original)


def test_hashes_are_sorted_and_distinct() -> None:
    hashes = splits.hash_texts(["b", "a", "b", "c"])
    assert len(hashes) == 3
    assert (np.diff(hashes.astype(object)) > 0).all()


def test_a_hash_stands_for_the_same_text_on_every_machine() -> None:
    """BLAKE2b of 8 bytes, read as a little-endian number."""
    assert splits.text_hash("good") == splits.hash_texts(["good"]).astype("<u8").tobytes()
    assert splits.text_hash("good").hex() == "07878fd8745bb530"


def test_no_texts_have_no_hashes() -> None:
    assert len(splits.hash_texts([])) == 0


def test_each_text_has_its_hash_and_they_are_in_order() -> None:
    hashes = splits.hashes_of(rows(("b", 0), ("a", 1), ("b", 1)))
    assert hashes[0] == hashes[2] != hashes[1]
    assert set(hashes.tolist()) == set(splits.hash_texts(["a", "b"]).tolist())
