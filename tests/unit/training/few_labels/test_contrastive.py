"""Contrastive training: its loss, its batches, and what it does to embeddings."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch

from sentiment.inference.pooled_classifier import pool
from sentiment.training.few_labels.contrastive import (
    label_batches,
    pair_loss,
    train_contrastively,
)
from sentiment.training.few_labels.embedding import embed
from sentiment.training.few_labels.trial import Trial


def directions(*degrees: float) -> torch.Tensor:
    angles = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([angles.cos(), angles.sin()], dim=1)


@pytest.mark.parametrize(
    ("degrees", "labels", "wanted"),
    [
        pytest.param((0, 0, 90, 90), (0, 0, 1, 1), 0.0, id="learnt"),
        pytest.param((0, 90, 0, 90), (0, 0, 1, 1), (1 + 0.5) / 2, id="crossed"),
        pytest.param((0, 60), (0, 0), 0.25, id="one label"),
        pytest.param((0, 60), (0, 1), 0.25, id="no pair of a label"),
    ],
)
def test_the_loss_is_the_squared_difference_of_cosines(
    degrees: tuple[float, ...], labels: tuple[int, ...], wanted: float
) -> None:
    loss = pair_loss(directions(*degrees), torch.tensor(labels))
    assert float(loss) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    "labels", [[0, 1] * 8, [0] * 90 + [1] * 6, [0, 1] * 256], ids=["few", "uneven", "many"]
)
def test_a_batch_has_as_many_texts_of_each_label_as_there_are(labels: list[int]) -> None:
    counts = Counter(labels)
    for batch in label_batches(labels, seed=0):
        assert len(set(batch.tolist())) == len(batch)
        found = Counter(labels[place] for place in batch)
        assert found == {label: min(16, count) for label, count in counts.items()}


def test_of_many_labels_a_batch_takes_some_with_several_texts_each() -> None:
    labels = [number % 20 for number in range(200)]
    batches = list(label_batches(labels, seed=0))
    found = [Counter(labels[place] for place in batch) for batch in batches]
    assert all(set(counts.values()) == {4} and len(counts) == 8 for counts in found)
    assert set().union(*found) == set(range(20))


@pytest.mark.parametrize(("texts", "passes"), [(16, 160), (64, 640), (400, 1000)])
def test_few_texts_are_read_ten_times_and_more_a_thousand_times_in_all(
    texts: int, passes: int
) -> None:
    read = sum(map(len, label_batches([number % 2 for number in range(texts)], seed=0)))
    assert passes <= read < passes + 32


def test_the_seed_decides_the_batches() -> None:
    labels = [0, 1] * 40
    first, same, other = (
        np.concatenate(list(label_batches(labels, seed))).tolist() for seed in (0, 0, 1)
    )
    assert first == same
    assert first != other


def test_texts_of_a_label_come_near_each_other(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial()
    model = pool(trial.fresh_classifier().model, trial.corpus.labels)
    ids, labels = trial.train.ids, np.asarray(trial.train.labels)
    losses = []
    for _ in range(2):
        embeddings = torch.from_numpy(embed(trial.accelerator, model, ids))
        losses.append(float(pair_loss(embeddings, torch.from_numpy(labels))))
        train_contrastively(trial.accelerator, model, ids, labels, seed=0)
    assert losses[1] < losses[0]


def test_frozen_layers_stay_as_they_are(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial(frozen_layers=1)
    model = pool(trial.fresh_classifier().model, trial.corpus.labels)
    before = {name: value.clone() for name, value in model.encoder.named_parameters()}
    train_contrastively(trial.accelerator, model, trial.train.ids, trial.train.labels, seed=0)
    changed = [
        name
        for name, value in model.encoder.named_parameters()
        if not torch.equal(value, before[name])
    ]
    assert changed
    assert all("layer.1." in name for name in changed)
