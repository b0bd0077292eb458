from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment import data
from sentiment.data.splits import hash_texts
from sentiment.errors import DataError, UsageError
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
    assert counts["train"] == {"negative": 40, "positive": 40}


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


def test_copies_of_a_text_are_in_one_split_and_none_is_dropped(path: Path) -> None:
    write_csv(path, [*ROWS, *ROWS])
    corpus = load(path)
    assert corpus.summary.dropped_duplicates == 0
    assert sum(corpus.summary.sizes.values()) == 200
    assert np.isin(hash_texts(texts(corpus, "test")), corpus.seen_hashes()).sum() == 0


def test_frequent_short_texts_stay_in_training_which_keeps_its_share(path: Path) -> None:
    """A tenth of the rows are copies of three remarks, spelt and escaped in several ways."""
    frequent = [("Good", "positive"), ("&#71;ood<br />", "positive"), ("ok ", "negative")] * 100
    write_csv(path, [*[(f"text {n}", row[1]) for n, row in enumerate(ROWS * 29)], *frequent])
    corpus = load(path)
    assert corpus.summary.dropped_duplicates == 0
    assert corpus.summary.sizes == {"train": 2560, "validation": 320, "test": 320}
    assert {"Good", "ok"} <= set(texts(corpus, "train"))


def test_rows_drawn_from_few_texts_are_split_by_text(path: Path) -> None:
    """Nine comments make two hundred rows."""
    write_csv(path, [(f"comment {n % 9}", ROWS[n % 9][1]) for n in range(200)])
    corpus = load(path)
    assert sum(corpus.summary.sizes.values()) == 200
    assert corpus.summary.sizes["train"] > 100
    assert not set(texts(corpus, "train")) & set(texts(corpus, "test"))


def test_all_rows_of_a_group_are_in_one_split(path: Path) -> None:
    films = [f"film {n // 5}" for n in range(100)]
    films_of = zip(ROWS, films, strict=True)
    rows = [(f"{film} {text}", label, film) for (text, label), film in films_of]
    write_csv(path, rows, columns=("text", "label", "film"))
    corpus = load(path, group_column="film")
    sides = [{text.rpartition(" text")[0] for text in texts(corpus, name)} for name in data.SPLITS]
    assert sum(map(len, sides)) == len(set(films)) == len(set.union(*sides))
    assert corpus.summary.sizes == {"train": 70, "validation": 20, "test": 10}


@pytest.mark.parametrize("spelling", ["", "NA", "nan", "None"])
def test_rows_that_are_in_no_group_do_not_make_one(path: Path, spelling: str) -> None:
    films = [spelling if n < 60 else f"film {n // 5}" for n in range(100)]
    rows = [(text, label, film) for (text, label), film in zip(ROWS, films, strict=True)]
    write_csv(path, rows, columns=("text", "label", "film"))  # type: ignore[arg-type]
    held_out = load(path, group_column="film").splits["validation"]["text"]
    assert any(int(text.split()[1]) < 60 for text in held_out)


def test_groups_may_be_dates_but_not_lists(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    frame = pd.DataFrame(ROWS, columns=["text", "label"])
    frame["day"] = [date(2026, 1, 1 + n // 5) for n in range(100)]
    frame["tags"] = [["a"]] * 100
    frame.to_parquet(path)
    assert sum(load(path, group_column="day").summary.sizes.values()) == 100
    with pytest.raises(DataError, match="row 1: A group must be a word or a number, not a list"):
        load(path, group_column="tags")


def test_a_text_of_groups_on_both_sides_stays_in_training(path: Path) -> None:
    rows = [(f"{n} {text}", label, n // 5) for n, (text, label) in enumerate(ROWS)]
    shared = [("Great!", "positive", film) for film in range(20)]
    write_csv(path, [*rows, *shared], columns=("text", "label", "film"))
    corpus = load(path, group_column="film")
    assert texts(corpus, "train").count("Great!") == 20 - corpus.summary.dropped_duplicates
    assert "Great!" not in texts(corpus, "validation") + texts(corpus, "test")
    assert corpus.summary.dropped_duplicates > 0


def test_a_text_with_opposite_labels_is_counted_and_told(path: Path) -> None:
    write_csv(path, [*ROWS, ("so so", "negative"), ("so  so", "positive"), ("so so", "positive")])
    corpus = load(path)
    assert corpus.summary.contradictory == 1
    assert "texts that stand with more than one label: 1, in 3 rows" in corpus.notes


def test_nearly_identical_texts_across_splits_are_counted_and_told(path: Path) -> None:
    long = " ".join(f"word{n}" for n in range(60))
    held_out = write_csv(path.parent / "t.csv", [(f"{long}!", "positive"), ("other", "negative")])
    write_csv(path, [*ROWS, (long, "positive")])
    corpus = load(
        path,
        test_file=held_out,
        validation_file=write_csv(path.parent / "v.csv", [("something else entirely", "negative")]),
    )
    assert corpus.summary.near_duplicates == 1
    assert "held-out texts that are nearly identical to a training text: 1" in corpus.notes


def test_nothing_is_told_where_nothing_was_found(path: Path) -> None:
    write_csv(
        path,
        [
            (f"{n} {' '.join('abcdefghij'[int(c)] * 6 for c in f'{n * 7919:07}')}", label)
            for n, (_, label) in enumerate(ROWS)
        ],
    )
    assert load(path).notes == ()


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
    told = (f"train: all 70 rows; --train-size {size} is more than there are",) if more else ()
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


def test_rows_that_a_subset_leaves_out_are_seen_by_n_grams_alone(path: Path) -> None:
    corpus, whole = load(path, train_size=6), load(path)
    assert corpus.seen_hashes().tolist() == whole.seen_hashes().tolist()
    expected = hash_texts(texts(corpus, "train") + texts(corpus, "validation"))
    assert corpus.seen_hashes(all_train=False).tolist() == expected.tolist()


def test_a_corpus_without_some_texts_keeps_all_others(path: Path) -> None:
    corpus = data.load_test(DataSettings(data=str(path)), ["negative", "positive"])
    fewer = corpus.without(hash_texts(text for text, _ in ROWS[:40]))
    assert texts(fewer, "test") == [text for text, _ in ROWS[40:]]
    assert len(fewer.hashes["test"]) == 60


def test_a_file_to_evaluate_on_is_all_test(path: Path) -> None:
    corpus = data.load_test(DataSettings(data=str(path)), ["negative", "positive"])
    assert corpus.summary.sizes == {"test": 100}
    assert texts(corpus, "test") == [text for text, _ in ROWS]
