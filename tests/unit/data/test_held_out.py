"""Splits drawn by distinct text or by group, on labels and hashes alone."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.data import held_out
from sentiment.errors import DataError

BOTH = ["test", "validation"]


def rows(labels: Sequence[int], hashes: Sequence[int], groups: Sequence[int] = ()) -> Dataset:
    names = [f"label {n}" for n in range(max(labels) + 1)]
    features = Features(
        row=Value("int64"),
        label=ClassLabel(names=names),
        hash=Value("uint64"),
        group=Value("uint64"),
    )
    columns = {
        "row": list(range(len(labels))),
        "label": list(labels),
        "hash": list(hashes),
        "group": list(groups or hashes),
    }
    return Dataset.from_dict(columns, features=features)


def drawn(data: Dataset, splits: Sequence[str] = BOTH, seed: int = 0) -> DatasetDict:
    return held_out.draw(data, splits, seed)[0]


def distinct(size: int, labels: int = 2) -> Dataset:
    return rows([n % labels for n in range(size)], range(size))


@settings(deadline=None, max_examples=30)
@given(
    copies=st.lists(st.integers(1, 40), min_size=8, max_size=60),
    seed=st.integers(0, 99),
)
def test_every_row_is_in_one_split_and_every_text_too(copies: list[int], seed: int) -> None:
    hashes = [text for text, count in enumerate(copies) for _ in range(count)]
    parts = drawn(rows([text % 2 for text in hashes], hashes), seed=seed)
    together = [row for part in parts.values() for row in part["row"]]
    assert sorted(together) == list(range(len(hashes)))
    sides = [set(part["hash"]) for part in parts.values()]
    assert sum(map(len, sides)) == len(set(hashes))
    assert all(set(part["label"]) == {0, 1} for part in parts.values())


@settings(deadline=None, max_examples=15)
@given(common=st.integers(1, 900))
def test_training_keeps_its_share_however_often_a_text_occurs(common: int) -> None:
    hashes = [0] * common + list(range(1, 1000))
    parts = drawn(rows([text % 2 for text in hashes], hashes))
    assert len(parts["train"]) >= 0.79 * len(hashes)
    assert common < 20 or 0 in parts["train"]["hash"]


def test_a_held_out_split_is_not_made_of_one_frequent_text() -> None:
    hashes = [text for text in range(400) for _ in range(40 if text < 4 else 1)]
    parts = drawn(rows([text % 2 for text in hashes], hashes))
    assert max(Counter(parts["test"]["hash"]).values()) == 1


def test_large_files_hold_out_no_more_than_tells_an_accuracy() -> None:
    assert drawn(distinct(150_000)).num_rows == {
        "train": 130_000,
        "test": 10_000,
        "validation": 10_000,
    }


def test_rare_labels_are_in_each_split() -> None:
    labels = [0] * 900 + [1] * 5
    parts = drawn(rows(labels, range(len(labels))))
    assert {name: sum(part["label"]) for name, part in parts.items()} == {
        "train": 3,
        "test": 1,
        "validation": 1,
    }


def test_rows_of_a_split_are_shuffled() -> None:
    places = list(drawn(distinct(1000))["train"]["row"])
    assert places != sorted(places)


def test_groups_stay_together_and_their_rows_are_counted_where_texts_part_them() -> None:
    groups = [n // 10 for n in range(400)]
    hashes = [1_000_000 if n % 10 == 0 else n for n in range(400)]
    parts, left_out = held_out.draw(rows([n % 2 for n in range(400)], hashes, groups), BOTH, 0)
    sides = [set(part["group"]) for part in parts.values()]
    assert sum(map(len, sides)) == 40
    assert left_out == len(sides[1]) + len(sides[2])
    assert 1_000_000 in parts["train"]["hash"]
    assert not {*parts["test"]["hash"], *parts["validation"]["hash"]} & set(parts["train"]["hash"])


def test_a_label_in_few_groups_is_named_with_their_number() -> None:
    data = rows([0, 1] * 20 + [2] * 9, range(49), [n % 12 for n in range(40)] + [50, 51, 51] * 3)
    with pytest.raises(DataError, match="'label 2' has 9 rows in 2 different groups"):
        drawn(data)


@pytest.mark.parametrize("splits", [BOTH, ["validation"], ["test"]])
def test_the_same_seed_draws_the_same_splits(splits: list[str]) -> None:
    first, second = (drawn(distinct(200), splits, seed=3) for _ in range(2))
    assert {name: list(part["row"]) for name, part in first.items()} == {
        name: list(part["row"]) for name, part in second.items()
    }


def test_rows_of_few_texts_leave_training_the_most() -> None:
    hashes = np.arange(200) % 9
    parts = drawn(rows([int(text) % 2 for text in hashes], hashes.tolist()))
    assert {name: len(set(part["hash"])) for name, part in parts.items()} == {
        "train": 5,
        "test": 2,
        "validation": 2,
    }
