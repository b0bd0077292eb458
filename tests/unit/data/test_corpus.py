from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment import data
from sentiment.data.splits import hash_texts
from sentiment.errors import UsageError
from sentiment.settings import RECIPES, DataSettings, RecipeName
from tests.support.reviews import write_csv

ROWS = [(f"text {n}", ("negative", "positive")[n % 2]) for n in range(100)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "mine.csv", ROWS)


def load(path: Path, **changes: Any) -> data.Corpus:
    return data.load(DataSettings.parse({"data": str(path), **changes}))


def texts(corpus: data.Corpus, split: str) -> list[str]:
    return list(corpus.splits[split]["text"])


def test_a_corpus_has_three_splits_of_text_and_label(path: Path) -> None:
    corpus = load(path)
    assert set(corpus.splits) == set(data.SPLITS)
    assert all(part.column_names == ["text", "label"] for part in corpus.splits.values())
    assert corpus.labels == ["negative", "positive"]


def test_the_summary_tells_the_source_and_the_sizes(path: Path) -> None:
    corpus = load(path)
    assert corpus.summary.source == str(path)
    assert corpus.summary.sizes == {name: len(part) for name, part in corpus.splits.items()}
    assert sum(corpus.summary.sizes.values()) == 100


def test_the_summary_counts_each_label_of_each_split(path: Path) -> None:
    held_out = write_csv(path.parent / "t.csv", [("a", "positive"), ("b", "positive")])
    counts = load(path, test_file=held_out).summary.class_counts
    assert counts["test"] == {"negative": 0, "positive": 2}
    assert counts["train"] == {"negative": 45, "positive": 45}


def test_empty_texts_are_dropped_and_counted(path: Path) -> None:
    write_csv(path, [*ROWS, ("", "negative"), ("<br />", "positive"), ("  ", "positive")])
    summary = load(path).summary
    assert summary.dropped_empty == 3
    assert sum(summary.sizes.values()) == 100


def test_training_texts_that_are_held_out_are_dropped_and_counted(path: Path) -> None:
    held_out = write_csv(path.parent / "t.csv", [ROWS[0], ("new", "positive")])
    corpus = load(path, test_file=held_out)
    assert corpus.summary.dropped_duplicates == 1
    assert ROWS[0][0] not in texts(corpus, "train") + texts(corpus, "validation")


def test_texts_are_compared_as_they_are_read_not_as_they_are_written(path: Path) -> None:
    held_out = write_csv(path.parent / "t.csv", [(f"{ROWS[0][0]}<br />", "negative")])
    assert load(path, test_file=held_out).summary.dropped_duplicates == 1


def test_no_test_text_was_seen_in_training_or_calibration(path: Path) -> None:
    """Each text stands twice in the file, and a split may part the two."""
    write_csv(path, [*ROWS, *ROWS])
    corpus = load(path)
    assert np.isin(hash_texts(texts(corpus, "test")), corpus.seen_hashes()).sum() == 0


@pytest.mark.parametrize("split", ["train", "validation"])
def test_the_subset_of_a_split_is_balanced(path: Path, split: str) -> None:
    corpus = load(path, **{f"{split}_size": 6})
    assert corpus.summary.class_counts[split] == {"negative": 3, "positive": 3}


def test_the_test_split_is_never_cut(path: Path) -> None:
    assert texts(load(path, train_size=6, validation_size=6), "test") == texts(load(path), "test")


def test_a_subset_is_reproducible(path: Path) -> None:
    first, second = (load(path, train_size=10, seed=7) for _ in range(2))
    assert texts(first, "train") == texts(second, "train")
    assert first.summary == second.summary


def test_a_subset_depends_on_the_seed(path: Path) -> None:
    files = {
        f"{split}_file": write_csv(path.parent / f"{split}.csv", [(split, "positive")])
        for split in ("validation", "test")
    }
    first, second = (load(path, train_size=10, seed=seed, **files) for seed in (7, 8))
    assert set(texts(first, "train")) != set(texts(second, "train"))


def test_the_fingerprint_depends_on_the_subset(path: Path) -> None:
    assert load(path, train_size=10).summary.fingerprint != load(path).summary.fingerprint


@pytest.mark.parametrize("more", [0, 999])
def test_a_subset_of_the_whole_split_or_more_is_the_whole_split(path: Path, more: int) -> None:
    size = load(path).summary.sizes["train"] + more
    corpus = load(path, train_size=size)
    assert corpus.summary == load(path).summary
    told = (f"train: all 80 rows; --train-size {size} is more than there are",) if more else ()
    assert corpus.notes == told


@pytest.mark.parametrize("recipe", [name for name in RECIPES if RECIPES[name].get("train_size")])
@pytest.mark.parametrize("rows", [40, 300, 5574])
def test_the_sizes_of_a_recipe_are_at_most_and_what_is_taken_is_told(
    path: Path, recipe: RecipeName, rows: int
) -> None:
    """One text in eight is spam, as in the SMS Spam Collection."""
    write_csv(path, [(f"text {n}", "spam" if n % 8 == 0 else "ham") for n in range(rows)])
    sizes = {name: RECIPES[recipe][name] for name in ("train_size", "validation_size")}
    corpus, whole = load(path, **sizes), load(path)
    for split in ("train", "validation"):
        asked, there = sizes[f"{split}_size"], whole.summary.class_counts[split]
        taken = corpus.summary.class_counts[split]
        assert sum(taken.values()) == min(asked, sum(there.values()))
        assert taken["spam"] == min(there["spam"], asked // 2)
        told = [note for note in corpus.notes if note.startswith(f"{split}: ")]
        assert len(told) == (taken["spam"] < asked // 2)


def test_a_subset_that_cannot_be_balanced_says_what_there_is(path: Path) -> None:
    write_csv(path, [(f"text {n}", "spam" if n % 10 == 0 else "ham") for n in range(1000)])
    corpus = load(path, train_size=400)
    assert corpus.summary.class_counts["train"] == {"ham": 320, "spam": 80}
    assert corpus.notes == ("train: not balanced, with all there are of 'spam' 80",)


@pytest.mark.parametrize(("size", "missing"), [(2, "['c', 'd']"), (3, "['d']")])
def test_a_training_subset_without_rows_of_a_label_is_refused(
    path: Path, size: int, missing: str
) -> None:
    write_csv(path, [(f"text {n}", "abcd"[n % 4]) for n in range(90)])
    with pytest.raises(UsageError) as caught:
        load(path, train_size=size)
    assert str(caught.value) == (
        f"--train-size {size} leaves no rows of {missing}. Ask for 4 or more, one of each label."
    )


def test_a_training_subset_of_one_row_a_label_is_taken(path: Path) -> None:
    counts = load(path, train_size=2).summary.class_counts["train"]
    assert counts == {"negative": 1, "positive": 1}


def test_a_test_set_of_another_domain_is_not_trained_on() -> None:
    with pytest.raises(UsageError, match="--data packaged"):
        data.load(DataSettings(data="rotten-tomatoes"))


def test_seen_hashes_cover_train_and_validation_and_not_test(path: Path) -> None:
    corpus = load(path)
    expected = hash_texts(texts(corpus, "train") + texts(corpus, "validation"))
    assert corpus.seen_hashes().tolist() == expected.tolist()


def test_a_file_to_evaluate_on_is_all_test(path: Path) -> None:
    corpus = data.load_test(DataSettings(data=str(path)), ["negative", "positive"])
    assert corpus.summary.sizes == {"test": 100}
    assert texts(corpus, "test") == [text for text, _ in ROWS]
