"""Does it learn, and doubt what it has not learnt? Questions to a model after a minute of training.

One file, because all of them are asked of one model.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sentiment import data, store
from sentiment.answers.doubt import find_doubt, mark
from sentiment.evaluation.metrics import wilson
from sentiment.inference.predictor import Predictor
from sentiment.schema import Prediction
from sentiment.settings import RECIPES, DataSettings, EngineSettings, TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.pipeline import train


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredModel]:
    """The quick recipe on 640 real reviews of at most 64 tokens, with its n-grams."""
    scratch: Path = tmp_path_factory.mktemp("checkpoints")
    changes = {"train_size": 640, "validation_size": 400, "max_length": 64, "precision": "fp32"}
    changes |= {
        "consistency": 0.0,
        "checkpoint_dir": scratch,
        "export": ("none",),
        "name": "learned",
    }
    settings = TrainingSettings.parse(RECIPES["quick"] | changes)
    yield store.find(train(settings, "quick"))
    assert list(scratch.glob("*")) == [], "a finished run leaves no checkpoint behind"


@pytest.fixture(scope="module")
def predictor(learned: StoredModel) -> Predictor:
    """Its encoder alone."""
    return Predictor.load(learned, EngineSettings.parse({"cascade": "off"}))


def test_it_has_learned_from_a_few_hundred_reviews(predictor: Predictor) -> None:
    assert predictor.card.epochs[-1].validation_accuracy > 0.72  # chance is 0.5


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A wonderful film, moving and beautifully acted. I loved every minute.", "positive"),
        ("One of the best movies of the year, a brilliant and touching story.", "positive"),
        ("Awful. The plot makes no sense and the acting is terrible.", "negative"),
        ("A complete waste of two hours, boring and badly written.", "negative"),
    ],
)
def test_plain_praise_and_plain_blame_are_told_apart(
    predictor: Predictor, text: str, label: str
) -> None:
    assert predictor.predict([text])[0].label == label


@pytest.mark.parametrize(
    "changed",
    ["a  terrible\n film,  a waste of   time", "a terrible film,<br />a waste of time"],
)
def test_what_cleaning_removes_changes_nothing(predictor: Predictor, changed: str) -> None:
    plain, other = predictor.predict(["a terrible film, a waste of time", changed])
    assert other == plain


def test_a_verdict_in_the_last_line_of_a_long_review_is_read(predictor: Predictor) -> None:
    story = "The story is about a man who goes to a town and meets people there. " * 40
    praised, blamed = predictor.predict(
        [story + end for end in ("Wonderful, I loved it!", "Terrible, I hated it!")]
    )
    assert praised.truncated
    assert praised.probabilities["positive"] > blamed.probabilities["positive"]


# --- doubt, on texts that it has never met ------------------------------------------

LEVELS = (0.05, 0.1, 0.15)
_EVERY = 8  # of the test split; 625 texts

Answered = tuple[list[Prediction], list[str]]


@pytest.fixture(scope="module")
def held_out(learned: StoredModel) -> Answered:
    """The served answers to texts of the test split, n-grams included, and the true labels."""
    predictor = Predictor.load(learned, EngineSettings.parse({}))
    names = DataSettings.model_fields
    own = {name: value for name, value in learned.card.settings.items() if name in names}
    corpus = data.load(DataSettings.parse(own))
    test = corpus.splits["test"]
    some = test.select(range(0, len(test), _EVERY))
    return predictor.predict(some["text"]), [corpus.labels[label] for label in some["label"]]


@pytest.mark.parametrize("max_risk", LEVELS)
def test_of_what_is_not_marked_no_more_is_wrong_than_was_asked(
    learned: StoredModel, held_out: Answered, max_risk: float
) -> None:
    doubt = find_doubt(learned.card, learned.tag, max_risk)
    marked = [mark(each, doubt) for each in held_out[0]]
    wrong = [
        each.label != label
        for each, label in zip(marked, held_out[1], strict=True)
        if not each.uncertain
    ]
    assert doubt is not None
    assert wilson(sum(wrong), len(wrong))[0] <= max_risk
    assert len(wrong) / len(marked) == pytest.approx(doubt.coverage, abs=0.08)


def test_there_is_something_to_mark_and_something_to_leave(
    learned: StoredModel, held_out: Answered
) -> None:
    """Without marks more is wrong than the least of the levels asks for, and it can be had."""
    wrong = np.mean([each.label != label for each, label in zip(*held_out, strict=True)])
    assert wrong > LEVELS[0]
    doubts = [find_doubt(learned.card, learned.tag, level) for level in LEVELS]
    shares = [doubt.coverage for doubt in doubts if doubt is not None]
    assert 0.2 < shares[0] < shares[1] < shares[2]
