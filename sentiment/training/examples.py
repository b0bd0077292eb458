"""What a run learns from: token ids, the probabilities to give, and how much each text counts.

Beside the labelled texts these may be sentences at even odds, and what a teacher answers
to the same and to other texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sentiment.behaviour.suite import LABELS
from sentiment.calibration import FloatArray
from sentiment.data import Corpus
from sentiment.data.splits import hash_texts
from sentiment.errors import UsageError
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.neutral_sentences import neutral_sentences
from sentiment.training.teacher import mix, read_unlabelled, require_labels, soft_targets


@dataclass(frozen=True)
class Examples:
    """Texts to train on."""

    ids: list[list[int]]
    """Token ids of each text, special tokens included."""
    targets: FloatArray
    """The probabilities to learn, of shape (texts, labels); each row adds up to 1."""
    weights: FloatArray
    """What each text counts in the loss; 1 on average over labelled texts."""
    unlabelled: Sequence[str] = ()
    """The texts that a teacher alone has answered."""

    @property
    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return [len(ids) for ids in self.ids]

    def with_more(self, ids: Sequence[list[int]], targets: FloatArray) -> "Examples":
        """Return these examples and others that count 1 each."""
        return replace(
            self,
            ids=[*self.ids, *ids],
            targets=np.concatenate([self.targets, targets]),
            weights=np.concatenate([self.weights, np.ones(len(ids))]),
        )


def make_examples(
    settings: TrainingSettings,
    corpus: Corpus,
    train: EncodedSplit,
    tokenizer: Tokenizer,
    teacher: StoredModel | None,
) -> Examples:
    """Return all that `settings` ask to learn from, the training split first.

    `tokenizer` cuts texts to what training reads of them.
    """
    labels = corpus.labels
    if settings.train_length is None:
        ids = train.ids
    else:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(train.texts)]
    examples = labelled_examples(ids, train.labels, len(labels), settings.class_weight)
    if teacher is not None:
        examples = _taught(settings, corpus, train, tokenizer, teacher, examples)
    elif settings.unlabelled is not None:
        raise UsageError("--unlabelled goes with a teacher.", "Name one with --teacher.")
    if settings.neutral_sentences:
        examples = _with_neutral_sentences(settings, labels, tokenizer, examples)
    return examples


def labelled_examples(
    ids: list[list[int]], labels: Sequence[int], label_count: int, class_weight: str
) -> Examples:
    """Return examples whose label is certain, weighted as `class_weight` says.

    `balanced` gives texts / (labels * texts of the label), as scikit-learn does, so that
    the weights of all texts add up to their number.
    """
    weights = np.ones(len(labels))
    if class_weight == "balanced":
        counts = np.bincount(np.asarray(labels), minlength=label_count)
        weights = (len(labels) / (label_count * np.maximum(counts, 1)))[np.asarray(labels)]
    return Examples(ids, np.eye(label_count)[np.asarray(labels)], weights)


def _taught(
    settings: TrainingSettings,
    corpus: Corpus,
    train: EncodedSplit,
    tokenizer: Tokenizer,
    teacher: StoredModel,
    examples: Examples,
) -> Examples:
    """Return the examples with the teacher's answers in their targets, and unlabelled ones."""
    require_labels(teacher, corpus.labels)
    cache, temperature = settings.checkpoint_dir, settings.teacher_temperature
    soft = soft_targets(teacher, train.texts, temperature, cache)
    examples = replace(examples, targets=mix(examples.targets, soft, settings.teacher_share))
    if settings.unlabelled is None:
        return examples
    held_out = [
        text for split in ("validation", "test") for text in corpus.splits[split][:]["text"]
    ]
    texts = read_unlabelled(settings.unlabelled, settings.text_column, hash_texts(held_out))
    encodings = tokenizer.encode_batch(texts)
    soft = soft_targets(teacher, texts, temperature, cache)
    examples = replace(examples, unlabelled=texts)
    return examples.with_more([encoding.ids for encoding in encodings], soft)


def _with_neutral_sentences(
    settings: TrainingSettings, labels: list[str], tokenizer: Tokenizer, examples: Examples
) -> Examples:
    if set(labels) != set(LABELS):
        raise UsageError(
            f"--neutral-sentences are about {' and '.join(LABELS)}; the labels of the data are "
            f"{', '.join(labels)}.",
            "Leave them out.",
        )
    sentences = neutral_sentences(settings.neutral_sentences, settings.seed)
    encodings = tokenizer.encode_batch([sentence.text for sentence in sentences])
    targets = np.asarray([sentence.target(labels) for sentence in sentences])
    return examples.with_more([encoding.ids for encoding in encodings], targets)
