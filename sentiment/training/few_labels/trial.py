"""What training methods are tried on, and one try of a method: train on some texts, answer others.

Every try begins with the same pretrained encoder and the same random state.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sentiment.calibration import FloatArray
from sentiment.data import Corpus
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.inference.pooled_classifier import pool
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import TrainingMethod
from sentiment.settings import TrainingSettings
from sentiment.training.checkpoint import Checkpoints, TrainingState
from sentiment.training.classifier import PretrainedClassifier
from sentiment.training.examples import make_examples
from sentiment.training.few_labels.contrastive import train_contrastively
from sentiment.training.few_labels.embedding import embed
from sentiment.training.few_labels.head import Head, fit_head
from sentiment.training.interruption import Interrupted
from sentiment.training.loop import Loop

_CONTRASTIVE_STRENGTH = 1.0
"""Of the head's regularisation: the trained texts lie so well apart that cross-validation on
them would ask for none."""

_MOST_READ = 2000
"""How often fine-tuning reads texts in one try: 512 texts four times, 100 twenty times."""


@dataclass(frozen=True)
class Trial:
    """The data, settings and device of tries."""

    accelerator: Any
    settings: TrainingSettings
    corpus: Corpus
    train: EncodedSplit
    tokenizer: Tokenizer
    """Cuts texts to what training reads of them."""
    classifier: PretrainedClassifier
    """The pretrained encoder, which tries copy and never train."""

    @property
    def label_count(self) -> int:
        """How many labels the data has."""
        return len(self.corpus.labels)

    def fresh_classifier(self) -> PretrainedClassifier:
        """Return a copy of the pretrained encoder; the random state is that of the seed."""
        from accelerate.utils import set_seed

        set_seed(self.settings.seed)
        return replace(self.classifier, model=deepcopy(self.classifier.model))

    @cached_property
    def _embeddings(self) -> FloatArray:
        """Those of the training texts, of shape (texts, hidden size), by the encoder as it is."""
        model = pool(self.fresh_classifier().model, self.corpus.labels)
        return embed(self.accelerator, model, self.train.ids)

    def answers(
        self, method: TrainingMethod, places: Sequence[int], held_out: Sequence[int]
    ) -> FloatArray:
        """Train on some of the training texts; return logits (texts, labels) of others."""
        if method == "probe":
            return self._probed(places, held_out)
        train, others = part(self.train, places), part(self.train, held_out)
        if method == "fine-tuning":
            return self._fine_tuned(train, others)
        return self.pooled(method, train).logits(others)

    def _probed(self, places: Sequence[int], held_out: Sequence[int]) -> FloatArray:
        labels = [self.train.labels[place] for place in places]
        embeddings, weight = self._embeddings, self.settings.class_weight
        head = fit_head(embeddings[places], labels, self.label_count, weight)
        return head.logits(embeddings[held_out])

    def pooled(self, method: TrainingMethod, train: EncodedSplit) -> "Pooled":
        """Return a pooled classifier that is trained on `train`."""
        model = pool(self.fresh_classifier().model, self.corpus.labels)
        settings, strength = self.settings, None
        if method == "contrastive":
            ids = [encoding.ids for encoding in self.tokenizer.encode_batch(train.texts)]
            train_contrastively(self.accelerator, model, ids, train.labels, settings.seed)
            strength = _CONTRASTIVE_STRENGTH
        embeddings = embed(self.accelerator, model, train.ids)
        head = fit_head(embeddings, train.labels, self.label_count, settings.class_weight, strength)
        head.write_into(model.classifier)
        return Pooled(self.accelerator, model, head)

    def _fine_tuned(self, train: EncodedSplit, held_out: EncodedSplit) -> FloatArray:
        """Fine-tune as a run does, without a checkpoint; the last epoch answers.

        The best epoch may not be chosen by the texts that judge it, and no more texts are
        read than a comparison has time for.
        """
        from accelerate import Accelerator

        epochs = max(1, min(self.settings.epochs, _MOST_READ // len(train.ids)))
        settings = self.settings.model_copy(update={"epochs": epochs, "patience": None})
        examples = make_examples(settings, self.corpus, train, self.tokenizer, teacher=None)
        loop = Loop(
            # One of its own forgets the model afterwards; device and precision are shared.
            Accelerator(gradient_accumulation_steps=settings.accumulation),
            self.fresh_classifier(),
            examples,
            held_out,
            settings,
            _NoCheckpoints(settings, "", processes=1),
            quiet=True,
        )
        try:
            loop.fit()
        except Interrupted as interruption:
            raise Interrupted(
                "Interrupted while training methods were compared; the same command compares "
                "them again.",
                interruption.exit_code - 128,
            ) from None
        return loop.validate()[0]


@dataclass(frozen=True)
class Pooled:
    """A trained pooled classifier."""

    accelerator: Any
    model: Any
    head: Head
    """The model's linear layer, in higher precision."""

    def logits(self, split: EncodedSplit) -> FloatArray:
        """Return logits of shape (texts, labels)."""
        return self.head.logits(embed(self.accelerator, self.model, split.ids))


class _NoCheckpoints(Checkpoints):
    """Checkpoints of a run that is too short to have any."""

    def save(self, accelerator: Any, progress: TrainingState) -> None:
        """Write nothing."""

    def save_best(self, model: Any, tokenizer: Any, epoch: int) -> None:
        """Write nothing."""


def part(split: EncodedSplit, places: Sequence[int]) -> EncodedSplit:
    """Return some texts of a split, in the order of `places`."""
    return replace(
        split,
        texts=[split.texts[place] for place in places],
        ids=[split.ids[place] for place in places],
        labels=[split.labels[place] for place in places],
    )
