"""On texts that a model has never met, what it does not mark is as right as was asked."""

import numpy as np
import pytest

from sentiment import data
from sentiment.answers.doubt import find_doubt, mark
from sentiment.evaluation.metrics import wilson
from sentiment.inference.predictor import Predictor
from sentiment.schema import Prediction
from sentiment.settings import DataSettings, EngineSettings
from sentiment.store import StoredModel

LEVELS = (0.05, 0.1, 0.15)
_EVERY = 4  # of the test split; 1,250 texts

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
