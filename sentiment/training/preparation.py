"""The first step of a run: its data, its classifier, and token ids for both of its splits."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sentiment.data import Corpus, load
from sentiment.inference.encoded_split import EncodedSplit, encode_split
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.classifier import PretrainedClassifier, load_classifier, open_base_model
from sentiment.training.examples import Examples, make_examples
from sentiment.training.few_rows import suit_few_rows
from sentiment.training.machine import Machine
from sentiment.training.messages import base_model_line, data_lines, vocabulary_lines


@dataclass(frozen=True)
class Prepared:
    """The classifier, and the data that it is trained and validated on."""

    corpus: Corpus
    classifier: PretrainedClassifier
    train: EncodedSplit
    validation: EncodedSplit
    training_tokenizer: Tokenizer
    """Cuts texts to what training reads of them."""
    examples: Examples
    """The training split, and what is learnt beside it."""


def prepare(
    settings: TrainingSettings, machine: Machine, teacher: StoredModel | None
) -> tuple[TrainingSettings, Prepared]:
    """Load the data and the classifier, and tokenise with the tokenizer that the server uses.

    The settings are returned as they suit the number of rows.
    """
    from accelerate.utils import set_seed

    with machine.accelerator.main_process_first():
        base = open_base_model(settings)
        corpus = load(settings)
    for line in data_lines(corpus):
        machine.print_line(line)
    settings, chosen = suit_few_rows(settings, corpus.summary.sizes)
    if chosen:
        machine.print_line(chosen)
    set_seed(settings.seed)
    classifier = load_classifier(settings, corpus.labels, base)
    machine.print_line(base_model_line(settings, classifier, machine.description))
    machine.print_line(f"precision: {machine.precision}; seed: {settings.seed}")
    with tempfile.TemporaryDirectory() as folder:
        classifier.tokenizer.save_pretrained(folder)
        tokenizer = Tokenizer(Path(folder), settings.max_length, settings.truncation)
        shorter = min(settings.train_length or settings.max_length, settings.max_length)
        training_tokenizer = Tokenizer(Path(folder), shorter, settings.truncation)
    training_split = encode_split(corpus, "train", tokenizer)
    validation_split = encode_split(corpus, "validation", tokenizer)
    for line in vocabulary_lines(training_split, validation_split, classifier.languages):
        machine.print_line(line)
    examples = make_examples(settings, corpus, training_split, training_tokenizer, teacher)
    prepared = Prepared(
        corpus, classifier, training_split, validation_split, training_tokenizer, examples
    )
    return settings, prepared
