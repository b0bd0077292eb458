"""What a run learns from: token ids, the probabilities to give, and how much each text counts.

Beside the labelled texts these may be single sentences of them, what a teacher answers to
the same and to other texts, and groups of texts whose answers must not differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sentiment.calibration import FloatArray
from sentiment.data import Corpus
from sentiment.data.splits import hash_texts
from sentiment.errors import UsageError
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.consistency import consistency_groups, sentences_of
from sentiment.training.teacher import mix, read_unlabelled, require_labels, soft_targets

# A sentence has the label of its text, which is a guess: of single sentences of reviews one in four
# says the opposite or nothing. Learnt with certainty, they made a model too sure of short texts:
# log loss 0.378 instead of 0.347 on sentences of another domain.
_SENTENCE_WEIGHT = 0.5
_SENTENCE_SURE = 0.75

_GROUPS = 4000  # at most; they come round again in a longer run
_TEXTS_FOR_GROUPS = 1000  # whose sentences stand in the groups


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
    groups: Sequence[list[list[int]]] = ()
    """Groups of texts, as token ids, whose logits must not differ."""

    @property
    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return [len(ids) for ids in self.ids]

    def with_more(
        self, ids: Sequence[list[int]], targets: FloatArray, weights: FloatArray | float = 1.0
    ) -> "Examples":
        """Return these examples and others, which count `weights` each."""
        return replace(
            self,
            ids=[*self.ids, *ids],
            targets=np.concatenate([self.targets, targets]),
            weights=np.concatenate([self.weights, np.broadcast_to(weights, len(ids))]),
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
    texts = train.texts
    if settings.sentences:
        sentences, sentence_labels = single_sentences(train, settings.sentences, settings.seed)
        encoded = [encoding.ids for encoding in tokenizer.encode_batch(sentences)]
        more = labelled_examples(encoded, sentence_labels, len(labels), settings.class_weight)
        targets = _SENTENCE_SURE * more.targets + (1 - _SENTENCE_SURE) / len(labels)
        examples = examples.with_more(more.ids, targets, _SENTENCE_WEIGHT * more.weights)
        texts = [*texts, *sentences]
    if teacher is not None:
        examples = _taught(settings, corpus, texts, tokenizer, teacher, examples)
    elif settings.unlabelled is not None:
        raise UsageError("--unlabelled goes with a teacher.", "Name one with --teacher.")
    if settings.consistency:
        examples = _with_groups(settings, train, tokenizer, examples)
    return examples


def single_sentences(train: EncodedSplit, count: int, seed: int) -> tuple[list[str], list[int]]:
    """Return at most `count` sentences of the texts, drawn at random, and their texts' labels.

    A model that has learnt whole texts alone is too sure of a short one.
    """
    found = [
        (sentence, label)
        for text, label in zip(train.texts, train.labels, strict=True)
        for sentence in sentences_of(text)
    ]
    order = np.random.default_rng((seed, len(found))).permutation(len(found))[:count]
    return [found[place][0] for place in order], [found[place][1] for place in order]


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
    labelled: Sequence[str],
    tokenizer: Tokenizer,
    teacher: StoredModel,
    examples: Examples,
) -> Examples:
    """Return the examples with the teacher's answers in their targets, and unlabelled ones.

    `labelled` are the texts of the examples so far.
    """
    require_labels(teacher, corpus.labels)
    cache, temperature = settings.checkpoint_dir, settings.teacher_temperature
    soft = soft_targets(teacher, labelled, temperature, cache)
    examples = replace(examples, targets=mix(examples.targets, soft, settings.teacher_share))
    if settings.unlabelled is None:
        return examples
    held_out = [
        text for split in ("validation", "test") for text in corpus.splits[split][:]["text"]
    ]
    texts = read_unlabelled(settings.unlabelled, settings, hash_texts(held_out))
    encodings = tokenizer.encode_batch(texts)
    soft = soft_targets(teacher, texts, temperature, cache)
    examples = replace(examples, unlabelled=texts)
    return examples.with_more([encoding.ids for encoding in encodings], soft)


def _with_groups(
    settings: TrainingSettings, train: EncodedSplit, tokenizer: Tokenizer, examples: Examples
) -> Examples:
    """Return the examples with groups for the consistency loss, of which each step takes one."""
    steps = settings.epochs * -(-len(examples.ids) // settings.batch_size)
    texts = train.texts[:_TEXTS_FOR_GROUPS]
    sentences = [sentence for text in texts for sentence in sentences_of(text)]
    groups = consistency_groups(min(steps, _GROUPS), sentences, settings.seed)
    encodings = iter(tokenizer.encode_batch([text for group in groups for text in group]))
    ids = [[next(encodings).ids for _ in group] for group in groups]
    return replace(examples, groups=ids)
