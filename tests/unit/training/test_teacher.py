"""A student learns what a stored teacher answers, and has seen what the teacher has seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.calibration import probabilities
from sentiment.data.splits import hash_texts
from sentiment.errors import DataError, UsageError
from sentiment.inference.predictor import Predictor
from sentiment.settings import DataSettings, TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.teacher import mix, read_unlabelled, soft_targets
from tests.support.reviews import write_csv

Fit = Callable[..., StoredModel]
Make = Callable[..., TrainingSettings]
TEXTS = [f"a superb film {number}" for number in range(5)]


@pytest.fixture(scope="module")
def teacher(fit: Fit, settings: Make, tmp_path_factory: pytest.TempPathFactory) -> StoredModel:
    """A model that has learnt what the words say."""
    return fit(settings(epochs=8, checkpoint_dir=tmp_path_factory.mktemp("teacher")))


def test_targets_are_the_calibrated_probabilities_softened(
    teacher: StoredModel, tmp_path: Path
) -> None:
    predictor = Predictor.load(teacher)
    logits = predictor.logits(predictor.tokenizer.encode_batch(TEXTS))
    expected = probabilities(logits, 2.0 * teacher.card.calibration.temperature)
    assert soft_targets(teacher, TEXTS, 2.0, tmp_path) == pytest.approx(expected)


def test_answers_are_computed_once(
    teacher: StoredModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = soft_targets(teacher, TEXTS, 2.0, tmp_path)

    def load(_: Any) -> None:
        raise AssertionError("the teacher was asked again")

    monkeypatch.setattr(Predictor, "load", load)
    assert (soft_targets(teacher, TEXTS, 2.0, tmp_path) == first).all()
    with pytest.raises(AssertionError):
        soft_targets(teacher, [*TEXTS, "another"], 2.0, tmp_path)


def test_a_target_is_partly_the_label_and_partly_the_teacher() -> None:
    target = mix(np.array([[1.0, 0.0]]), np.array([[0.6, 0.4]]), 0.8)
    assert target == pytest.approx(np.array([[0.68, 0.32]]))


def test_a_student_learns_from_the_teacher_alone_what_the_words_say(
    fit: Fit, settings: Make, teacher: StoredModel, tmp_path: Path
) -> None:
    """Labels count nothing here: what is right comes from the teacher."""
    student = fit(
        settings(epochs=8, teacher=teacher.tag, teacher_share=1.0, checkpoint_dir=tmp_path)
    )
    predictions = Predictor.load(student).predict(["superb , moving", "tedious and awful"])
    assert [prediction.label for prediction in predictions] == ["good", "bad"]
    assert student.card.settings["teacher"] == teacher.tag


def test_what_the_teacher_has_seen_counts_as_seen(
    fit: Fit, settings: Make, teacher: StoredModel, reviews: Path, tmp_path: Path
) -> None:
    extra = write_csv(tmp_path / "extra.csv", [("a film about a door", ""), ("a road", "")])
    student = fit(
        settings(
            epochs=1,
            seed=1,
            teacher=teacher.tag,
            unlabelled=str(extra),
            checkpoint_dir=tmp_path,
        )
    )
    seen = student.seen_hashes()
    assert np.isin(teacher.seen_hashes(), seen).all()
    assert np.isin(hash_texts(["a film about a door", "a road"]), seen).all()


def test_texts_that_are_held_out_are_not_learnt_from(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "extra.csv", [("tested on", ""), ("a film<br />", ""), ("a film", "")]
    )
    assert read_unlabelled(path, DataSettings(), hash_texts(["tested on"])) == ["a film"]
    with pytest.raises(DataError, match="no text that is not validated or tested on"):
        read_unlabelled(path, DataSettings(), hash_texts(["tested on", "a film"]))


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "extra.txt"
    path.write_text("good\n\n")
    with pytest.raises(DataError, match=r"extra\.txt, line 2: The text is empty"):
        read_unlabelled(path, DataSettings(), hash_texts([]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": ("bad=negative", "good=positive")}, "Train the teacher on the same labels"),
        ({"teacher": None, "unlabelled": "some.txt"}, "Name one with --teacher"),
    ],
)
def test_what_cannot_go_together_is_refused(
    fit: Fit, settings: Make, teacher: StoredModel, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        fit(settings(**{"teacher": teacher.tag, **changes}))
