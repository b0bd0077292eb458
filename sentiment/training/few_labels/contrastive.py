"""Contrastive training: texts of one label come to lie near each other, others at right angles.

The loss is that of SetFit (Tunstall et al., "Efficient Few-Shot Learning Without Prompts",
2022): the squared difference between the cosine of two texts and 1 if they share a label, 0
if not. SetFit encodes both texts of each pair; here every text of a batch is encoded once
and compared with all others, which makes 496 pairs of 32 texts instead of 16.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sentiment.calibration import IntArray
from sentiment.training.classifier import parameter_groups
from sentiment.training.few_labels.embedding import collate

_TEXTS = 32  # of a batch
_LEAST_OF_A_LABEL = 4  # texts in a batch, so that pairs of one label are in it

_PASSES_A_TEXT = 10
_MOST_PASSES = 1000
"""How often texts are read in all: few texts several times each, and many not for ever."""

_LEARNING_RATE = 5e-5
_WARMUP = 0.1  # share of the steps
_WEIGHT_DECAY = 0.01
_MAX_GRAD_NORM = 1.0


def train_contrastively(
    accelerator: Any, model: Any, ids: Sequence[list[int]], labels: Sequence[int], seed: int
) -> None:
    """Train the encoder of a pooled classifier on texts, given as token ids; in place.

    Frozen layers stay as they are. The same texts, seed and number of threads give the
    same weights. `accelerator` gives device and precision.
    """
    import torch

    groups = parameter_groups(model.encoder, _WEIGHT_DECAY)
    trained = [parameter for group in groups for parameter in group["params"]]
    if not trained:
        return
    batches = list(label_batches(labels, seed))
    optimizer = torch.optim.AdamW(groups, lr=_LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate_of_steps(len(batches)))
    scaler = torch.amp.GradScaler(enabled=accelerator.mixed_precision == "fp16")
    model.to(accelerator.device).train()
    targets = np.asarray(labels)
    for batch in batches:
        with accelerator.autocast():
            embeddings = model.embeddings(**collate(model, [ids[place] for place in batch]))
        scaler.scale(pair_loss(embeddings, torch.from_numpy(targets[batch]))).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(trained, _MAX_GRAD_NORM)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        schedule.step()
    model.eval()


def _rate_of_steps(total: int) -> Callable[[int], float]:
    """Return the learning rate's course: up in a straight line, then down, and never 0."""
    warmup = round(_WARMUP * total)
    return lambda step: min((step + 1) / (warmup + 1), (total - step) / (total - warmup))


def pair_loss(embeddings: Any, labels: Any) -> Any:
    """Return the loss of all pairs of a batch; pairs of one label and others count alike.

    `embeddings` have length 1 and shape (texts, hidden size), `labels` shape (texts,).
    """
    import torch

    cosines = embeddings @ embeddings.T
    labels = labels.to(cosines.device)
    same = labels[:, None] == labels[None]
    itself = torch.eye(len(labels), dtype=torch.bool, device=cosines.device)
    parts = [
        ((cosines - target)[chosen] ** 2).mean()
        for target, chosen in ((1.0, same & ~itself), (0.0, ~same))
        if chosen.any()
    ]
    return torch.stack(parts).mean()


def label_batches(labels: Sequence[int], seed: int) -> Iterator[IntArray]:
    """Yield places of texts, as many of each label in a batch, until texts were read enough.

    Of many labels a batch takes some. A text comes again when all of its label had their turn.
    """
    targets = np.asarray(labels)
    generator = np.random.default_rng((seed, len(targets)))
    present = np.unique(targets)
    decks = {int(label): _Deck(np.flatnonzero(targets == label), generator) for label in present}
    turns = _Deck(present, generator)
    together = min(len(present), _TEXTS // _LEAST_OF_A_LABEL)
    each = _TEXTS // together
    left = min(_PASSES_A_TEXT * len(targets), _MOST_PASSES)
    while left > 0:
        chosen = [decks[int(label)].draw(each) for label in turns.draw(together)]
        batch = np.concatenate(chosen)
        left -= len(batch)
        yield batch


class _Deck:
    """Cards in random order, which are shuffled anew when too few are left to draw."""

    def __init__(self, cards: IntArray, generator: np.random.Generator) -> None:
        self._cards = cards
        self._generator = generator
        self._order: IntArray = cards[:0]

    def draw(self, count: int) -> IntArray:
        """Return different cards, `count` of them or all that there are."""
        count = min(count, len(self._cards))
        if len(self._order) < count:
            self._order = self._generator.permutation(self._cards)
        drawn, self._order = self._order[:count], self._order[count:]
        return drawn
