"""Does it learn? Questions about the behaviour of a model after a minute of training."""

import pytest

from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel


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
