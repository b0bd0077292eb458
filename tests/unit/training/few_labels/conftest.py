"""Trials on small reviews with a small encoder, in one thread."""

import functools
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment.data import load
from sentiment.inference.encoded_split import encode_split
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import TrainingSettings
from sentiment.training.classifier import load_classifier
from sentiment.training.few_labels.trial import Trial
from tests.support.reviews import BAD, GOOD, write_csv


@pytest.fixture(scope="session")
def settings(
    settings: Callable[..., TrainingSettings], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., TrainingSettings]:
    """The usual settings for reviews of three words that all say the same, 40 to train on."""
    rows = [
        (" ".join(words), label)
        for label, marks in (("good", GOOD), ("bad", BAD))
        for words in list(itertools.combinations(marks, 3))[::2][:25]
    ]
    path = write_csv(tmp_path_factory.mktemp("plain") / "plain.csv", rows)
    return functools.partial(settings, data=str(path))


@pytest.fixture
def make_trial(settings: Callable[..., TrainingSettings]) -> Iterator[Callable[..., Trial]]:
    """Return a function from changed settings to a trial on the CPU."""
    import torch
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState, GradientState

    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def make(**changes: Any) -> Trial:
        chosen = settings(**changes)
        corpus = load(chosen)
        classifier = load_classifier(chosen, corpus.labels)
        with tempfile.TemporaryDirectory() as folder:
            classifier.tokenizer.save_pretrained(folder)
            tokenizer = Tokenizer(Path(folder), chosen.max_length, chosen.truncation)
        train = encode_split(corpus, "train", tokenizer)
        return Trial(Accelerator(cpu=True), chosen, corpus, train, tokenizer, classifier)

    yield make
    torch.set_num_threads(threads)
