"""N-grams that are fitted on the training texts, and the rule by which they answer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sentiment.behaviour.suite import load_suite
from sentiment.calibration import FloatArray
from sentiment.inference.encoding import Encoding
from sentiment.inference.fake import FakeEngine
from sentiment.inference.ngrams import NGRAMS_FILE, NgramClassifier
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import CascadeCard
from sentiment.settings import TrainingSettings
from sentiment.training.cascade_fitting import LabelledTexts, fit_cascade
from sentiment.training.ngram_fitting import fit_ngrams
from tests.support.cards import make_card
from tests.support.reviews import BAD, FILLER, GOOD

MIXED = (*BAD[:2], *GOOD[:2])  # these words come with either label


def reviews(count: int, seed: int, words: int = 80) -> LabelledTexts:
    """Return long texts in which a few words tell the label, and others mislead."""
    generator = np.random.default_rng(seed)
    texts, labels = [], []
    for number in range(count):
        label = number % 2
        marks = [*generator.choice((BAD, GOOD)[label][2:], 4), *generator.choice(MIXED, 2)]
        chosen = [*generator.choice(FILLER, words), *marks]
        texts.append(" ".join(generator.permutation(chosen)))
        labels.append(label)
    return LabelledTexts(texts, labels)


class Encoder(Predictor):
    """An encoder that is right with some probability, and as sure as that."""

    def __init__(self, tokenizer: Tokenizer, accuracy: float, labels: Sequence[str]) -> None:
        card = make_card(labels=list(labels))
        super().__init__("sentiment:1", card, tokenizer, FakeEngine())
        self.accuracy = accuracy

    def logits(self, encodings: Sequence[Encoding], progress: object = int) -> FloatArray:
        labels = np.arange(len(encodings)) % 2
        right = np.random.default_rng(1).random(len(labels)) < self.accuracy
        sure = np.log(self.accuracy / (1 - self.accuracy))
        sign = np.where(right, 1, -1) * np.where(labels, 1, -1)
        return np.stack([-sign * sure / 2, sign * sure / 2], axis=1)


def fit(
    folder: Path,
    tokenizer: Path,
    train: int,
    accuracy: float,
    combine: str = "auto",
    labels: Sequence[str] = ("bad", "good"),
    suite: FloatArray | None = None,
) -> CascadeCard | None:
    encoder = Encoder(Tokenizer(tokenizer, 64), accuracy, labels)
    texts = reviews(train, seed=1), reviews(400, seed=2)
    answers = encoder.logits(encoder.tokenizer.encode_batch(texts[1].texts))
    settings = TrainingSettings.parse({"combine": combine})
    return fit_cascade(folder, *texts, encoder, answers, suite, settings)


def test_n_grams_learn_any_number_of_labels(tokenizer_folder: Path) -> None:
    tokenizer = Tokenizer(tokenizer_folder, 16)
    words = (*GOOD[:2], *BAD[:2])
    texts = [f"{words[number % 4]} film {number % 50}" for number in range(400)]
    labels = [number % 4 for number in range(400)]
    ngrams = fit_ngrams(tokenizer.text_ids(texts), labels, 4, "none")
    found = [ngrams.reading(ids).logits.argmax() for ids in tokenizer.text_ids(texts[:40])]
    assert found == labels[:40]
    assert ngrams.weights.nbytes <= 4 * 4e6


def test_the_same_texts_give_the_same_weights(tokenizer_folder: Path) -> None:
    tokenizer = Tokenizer(tokenizer_folder, 16)
    data = reviews(200, seed=3)
    first, second = (
        fit_ngrams(tokenizer.text_ids(data.texts), data.labels, 2, "none") for _ in range(2)
    )
    assert np.array_equal(first.weights, second.weights)
    assert first.intercepts.tolist() == second.intercepts.tolist()


def test_balanced_weights_find_a_rare_label_more_often(tokenizer_folder: Path) -> None:
    tokenizer = Tokenizer(tokenizer_folder, 16)
    data = reviews(400, seed=4, words=20)
    kept = [place for place, label in enumerate(data.labels) if not label or place % 16 == 1]
    texts, labels = [data.texts[place] for place in kept], [data.labels[place] for place in kept]
    found = []
    for weight in ("none", "balanced"):
        ngrams = fit_ngrams(tokenizer.text_ids(texts), labels, 2, weight)
        fresh = reviews(200, seed=5, words=20).texts
        found.append(sum(ngrams.reading(ids).logits[1] for ids in tokenizer.text_ids(fresh)))
    assert found[1] > found[0]


def test_n_grams_answer_for_a_weaker_encoder_and_make_it_better(
    tmp_path: Path, tokenizer_folder: Path
) -> None:
    card = fit(tmp_path, tokenizer_folder, train=1200, accuracy=0.85)
    assert card is not None
    assert card.chosen.share >= 0.1
    assert card.chosen.accuracy >= card.encoder_accuracy
    assert card.rule is not None
    assert card.rule.confidence >= card.encoder_accuracy - 0.005
    assert NgramClassifier.read(tmp_path).weights.nbytes == card.bytes
    shares = [point.share for point in card.curve]
    assert shares == sorted(shares, reverse=True), "who asks for more confidence gets fewer texts"


@pytest.mark.parametrize(
    ("train", "accuracy"),
    [pytest.param(1200, 0.9999, id="a perfect encoder"), pytest.param(600, 0.85, id="few texts")],
)
def test_n_grams_that_do_not_help_are_left_out(
    train: int, accuracy: float, tmp_path: Path, tokenizer_folder: Path
) -> None:
    assert fit(tmp_path, tokenizer_folder, train, accuracy) is None
    assert not (tmp_path / NGRAMS_FILE).exists()


def test_both_parts_are_added_up_on_demand_and_told(tmp_path: Path, tokenizer_folder: Path) -> None:
    card = fit(tmp_path, tokenizer_folder, train=1200, accuracy=0.85, combine="on")
    assert card is not None
    assert card.combination is not None
    assert card.combination.used
    assert card.combination.accuracy > card.encoder_accuracy
    assert card.combination.ngrams > 0


def test_what_no_suite_has_tried_is_not_added_up_by_itself(
    tmp_path: Path, tokenizer_folder: Path
) -> None:
    card = fit(tmp_path, tokenizer_folder, train=1200, accuracy=0.85)
    assert card is not None
    assert card.combination is not None
    assert not card.combination.used


REVERSED = ("positive", "negative")  # of bad and good reviews, so that n-grams fail in the suite


def suite_answers(pairs_right: bool) -> FloatArray:
    """Return faint answers to the suite: always positive, or at least the edited pairs right."""
    suite = load_suite()
    labels = ["positive"] * len(suite.texts)
    if pairs_right:
        labels[-2 * len(suite.pairs) :] = [
            side for pair in suite.pairs for side in (pair.label, pair.edited_label)
        ]
    lean = np.array([0.05 if label == "positive" else -0.05 for label in labels])
    return np.stack([lean, -lean], axis=1)


def test_short_texts_that_n_grams_mislead_are_left_to_the_encoder(
    tmp_path: Path, tokenizer_folder: Path
) -> None:
    card = fit(
        tmp_path,
        tokenizer_folder,
        train=1200,
        accuracy=0.85,
        labels=REVERSED,
        suite=suite_answers(pairs_right=False),
    )
    assert card is not None
    assert card.combination is not None
    assert card.combination.used
    assert card.combination.tokens > 0


def test_n_grams_that_mislead_in_long_texts_too_are_not_added_up(
    tmp_path: Path, tokenizer_folder: Path
) -> None:
    suite = suite_answers(pairs_right=True)
    for combine, used in (("auto", False), ("on", True)):
        card = fit(tmp_path, tokenizer_folder, 1200, 0.85, combine, REVERSED, suite)
        assert card is not None
        assert card.combination is not None
        assert card.combination.used is used
        assert card.combination.tokens == 0


def test_a_combination_keeps_n_grams_that_may_not_answer_alone(
    tmp_path: Path, tokenizer_folder: Path
) -> None:
    card = fit(tmp_path, tokenizer_folder, train=1200, accuracy=0.9999, combine="on")
    assert card is not None
    assert card.rule is None
    assert card.chosen.share == 0
    assert (tmp_path / NGRAMS_FILE).exists()


def test_nothing_is_added_up_where_that_is_off(tmp_path: Path, tokenizer_folder: Path) -> None:
    card = fit(tmp_path, tokenizer_folder, train=1200, accuracy=0.85, combine="off")
    assert card is not None
    assert card.combination is None
