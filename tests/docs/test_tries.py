"""What the benchmarks of stages and of doubt choose: n-grams to prune, reviews to train on."""

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.doubt.choice import FOLDS, doubted, draw, out_of_fold
from benchmarks.doubt.training import LABELS
from benchmarks.stages.pruning import PrunedNgrams, Sides, prune
from sentiment.behaviour.suite import EditedPair
from sentiment.inference.ngrams import BITS, NgramClassifier, buckets

FILM, DULL, FUN, LONG = range(1, 5)  # ids of tokens


def ngrams(**weights: int) -> NgramClassifier:
    """N-grams of which single tokens alone have a weight: for `positive` if above zero."""
    table = np.zeros((1, 1 << BITS), dtype=np.int8)
    for name, weight in weights.items():
        table[0, bucket(globals()[name.upper()])] = weight
    return NgramClassifier(table, np.array([1.0]), np.array([0.0]))


def bucket(token: int) -> int:
    return int(buckets(np.array([token], dtype=np.uint64))[0])


def kept(pruned: NgramClassifier, *tokens: int) -> list[bool]:
    return [bool(pruned.weights[0, bucket(token)]) for token in tokens]


def test_what_both_sides_share_is_pruned_where_it_leads_to_the_wrong_one() -> None:
    before = ngrams(film=60, long=-5, dull=-30, fun=30)
    pair = Sides([FILM, LONG, DULL], [FILM, LONG, FUN], label=0)
    pruned = prune(before, [pair])
    assert kept(pruned, FILM, LONG, DULL, FUN) == [False, True, True, True]
    assert pruned.reading(pair.original).logits.argmax() == 0
    assert kept(before, FILM) == [True]


def test_n_grams_that_get_both_sides_right_are_kept() -> None:
    pair = Sides([FILM, DULL], [FILM, FUN], label=0)
    assert kept(prune(ngrams(film=10, dull=-30, fun=30), [pair]), FILM, DULL, FUN) == [True] * 3


def test_what_misleads_as_often_as_it_helps_is_kept() -> None:
    before = ngrams(film=60, dull=-30, fun=-90)
    misleads = Sides([FILM, DULL], [FILM], label=0)
    helps = Sides([FILM, FUN], [FILM, FUN, DULL], label=1)
    assert kept(prune(before, [misleads]), FILM) == [False]
    assert kept(prune(before, [misleads, helps]), FILM) == [True]


def test_a_pair_is_answered_by_what_the_other_half_prunes() -> None:
    words = {"film": FILM, "dull": DULL, "fun": FUN, "long": LONG}

    def text_ids(texts: Sequence[str]) -> Iterable[list[int]]:
        return ([words[word] for word in text.split()] for text in texts)

    pairs = [
        EditedPair("film dull", "film fun", "negative"),  # "film" misleads
        EditedPair("long fun", "long dull", "positive"),  # nothing does
    ]
    found = PrunedNgrams(ngrams(film=60, dull=-30, fun=30), pairs, LABELS, text_ids)
    texts = ["film dull", "film", "long dull"]
    own, other, second = found.logits(texts, text_ids(texts)).argmax(axis=1).tolist()
    assert (own, other, second) == (1, 0, 0)
    assert found.count == 1


def test_the_half_in_doubt_is_the_least_sure_of_each_label_and_may_be_right() -> None:
    sure = np.array([0.9, 0.6, 0.45, 0.95, 0.51, 0.8, 0.1, 0.3])
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert doubted(np.stack([sure, 1 - sure], axis=1), labels).tolist() == [1, 2, 4, 7]


def test_a_draw_is_of_the_pool_and_balanced_and_follows_from_its_number() -> None:
    labels = np.array([0, 1] * 20)
    pool = np.arange(30)
    first, again, other = (draw(pool, labels, 12, number) for number in (0, 0, 1))
    assert set(first) <= set(pool)
    assert len(set(first)) == 12
    assert labels[first].sum() == 6
    assert first.tolist() == again.tolist()
    assert set(first) != set(other)


def count(ids: Sequence[Sequence[int]], labels: Sequence[int]) -> NgramClassifier:
    """Fit by adding up labels: a token is as sure as it is frequent."""
    table = np.zeros((1, 1 << BITS), dtype=np.int8)
    for text, label in zip(ids, labels, strict=True):
        for token in text:
            table[0, bucket(token)] += 1 if label else -1
    return NgramClassifier(table, np.array([1.0]), np.array([0.0]))


def test_out_of_fold_a_text_is_unknown_that_only_its_own_fold_has() -> None:
    texts = [[DULL]] * (2 * FOLDS) + [[FUN]] * (2 * FOLDS)
    texts[-2:] = [[LONG]] * 2  # the last fold of `positive`
    labels = np.array([0, 1]).repeat(2 * FOLDS)
    rows = out_of_fold(texts, labels, count)
    assert (rows.argmax(axis=1) == labels)[:-2].all()
    assert (rows[:-2].max(axis=1) > 0.9).all()
    assert (rows[-2:] == 0.5).all()
