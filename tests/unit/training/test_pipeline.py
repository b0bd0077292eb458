"""A whole run: what reaches the store, what a seed fixes, how a run fails."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sentiment.calibration import negative_log_likelihood
from sentiment.data import load
from sentiment.errors import TrainingError, UsageError
from sentiment.inference.predictor import Predictor
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training.consistency import consistency_groups
from tests.support.reviews import write_csv, write_reviews
from tests.support.training import read_weights

Fit = Callable[..., StoredModel]
Make = Callable[..., TrainingSettings]


@pytest.fixture(scope="module")
def stored(fit: Fit, settings: Make, tmp_path_factory: pytest.TempPathFactory) -> StoredModel:
    """The outcome of a run with the usual settings."""
    return fit(settings(checkpoint_dir=tmp_path_factory.mktemp("checkpoints")))


def break_weights(folder: Path, source: Path) -> str:
    """Copy a base model with one infinite weight; return its folder as a setting."""
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(source)
    with torch.no_grad():
        model.encoder.layer[0].output.dense.bias[0] = torch.inf
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source).save_pretrained(folder)
    return str(folder)


def test_the_card_says_what_risk_is_left_at_which_confidence(stored: StoredModel) -> None:
    curve, profile = stored.card.risk_coverage, stored.card.texts
    assert curve is not None
    assert profile is not None
    assert curve.texts == stored.card.data.sizes["validation"]
    assert curve.points[-1].coverage == 1.0
    assert 2 < profile.shortest < 48
    assert profile.pieces_per_word > 0.9


def test_a_run_learns_what_the_words_say(fit: Fit, settings: Make, tmp_path: Path) -> None:
    stored = fit(settings(epochs=8, checkpoint_dir=tmp_path))
    predictions = Predictor.load(stored).predict(["superb , moving", "tedious and awful"])
    assert [prediction.label for prediction in predictions] == ["good", "bad"]


def test_balanced_weights_find_a_label_that_is_rare(
    fit: Fit, settings: Make, tmp_path: Path
) -> None:
    """One text in eight is good; without weights the tiny encoder answers bad to all."""
    rows = write_reviews(tmp_path / "even.csv", rows=240).read_text().splitlines()
    good = [row for row in rows if row.endswith(",good")][:16]
    bad = [row for row in rows if row.endswith(",bad")][:112]
    path = tmp_path / "rare.csv"
    path.write_text("\n".join([rows[0], *good, *bad]) + "\n")
    texts = [row.rpartition(",")[0] for row in rows if row.endswith(",good")][16:]
    found = []
    for weight in ("none", "balanced"):
        chosen = settings(data=str(path), class_weight=weight, epochs=2)
        answers = Predictor.load(fit(chosen)).predict(texts)
        found.append(sum(answer.probabilities["good"] for answer in answers))
    assert found[1] > found[0]


def test_a_consistency_loss_brings_the_answers_of_a_group_together(
    fit: Fit, settings: Make, tmp_path: Path
) -> None:
    rows = write_reviews(tmp_path / "reviews.csv", rows=40, seed=9).read_text().splitlines()[1:]
    texts = [row.rpartition(",")[0] for row in rows]
    groups = consistency_groups(40, [text for text in texts if len(text) < 200], seed=9)
    apart = []
    for weight in (0.0, 100.0):
        chosen = settings(consistency=weight, epochs=8, checkpoint_dir=tmp_path)
        predictor = Predictor.load(fit(chosen))
        goods = [[p.probabilities["good"] for p in predictor.predict(group)] for group in groups]
        apart.append(np.std(goods, axis=1).mean())
    assert apart[1] < apart[0] / 2


def test_the_same_seed_gives_the_same_metrics_and_weights(
    stored: StoredModel, fit: Fit, settings: Make, tmp_path: Path
) -> None:
    again = fit(settings(checkpoint_dir=tmp_path))
    assert again.card.epochs == stored.card.epochs
    assert again.card.calibration == stored.card.calibration
    first, second = read_weights(stored.folder), read_weights(again.folder)
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_another_seed_gives_other_weights(
    stored: StoredModel, fit: Fit, settings: Make, tmp_path: Path
) -> None:
    other = fit(settings(checkpoint_dir=tmp_path, seed=1))
    first, second = read_weights(stored.folder), read_weights(other.folder)
    assert not torch.equal(first["classifier.weight"], second["classifier.weight"])


def test_a_finished_run_leaves_no_checkpoints(fit: Fit, settings: Make, tmp_path: Path) -> None:
    fit(settings(checkpoint_dir=tmp_path, checkpoint_every=3, epochs=1))
    assert list(tmp_path.iterdir()) == []


def test_the_best_epoch_is_stored_when_later_ones_are_worse(
    fit: Fit, settings: Make, tmp_path: Path
) -> None:
    """Validation labels are turned round: what training learns makes it worse."""
    held_out = write_reviews(tmp_path / "held-out.csv", rows=40, labels=("good", "bad"), seed=9)
    chosen = settings(
        validation_file=held_out, epochs=3, warmup_ratio=0.9, checkpoint_dir=tmp_path / "c"
    )
    stored = fit(chosen)
    best, last = stored.card.epochs[stored.card.best_epoch - 1], stored.card.epochs[-1]
    assert last.validation_accuracy < best.validation_accuracy
    predictor = Predictor.load(stored)
    rows = load(chosen).splits["validation"]
    logits = predictor.logits(predictor.tokenizer.encode_batch(list(rows["text"])))
    labels = np.asarray(rows["label"])
    assert (logits.argmax(axis=1) == labels).mean() == best.validation_accuracy
    loss = negative_log_likelihood(logits, labels, 1.0)
    assert loss == pytest.approx(best.validation_loss, abs=1e-5)
    after = negative_log_likelihood(logits, labels, stored.card.calibration.temperature)
    assert after == pytest.approx(stored.card.calibration.log_loss_after, abs=1e-5)


def test_frozen_layers_do_not_change_and_the_others_do(
    fit: Fit, settings: Make, encoder: Path, tmp_path: Path
) -> None:
    stored = fit(settings(frozen_layers=1, epochs=1, checkpoint_dir=tmp_path))
    before, after = read_weights(encoder), read_weights(stored.folder)
    changed = {
        name
        for name, tensor in before.items()
        if not name.startswith("pooler") and not torch.equal(tensor, after[f"bert.{name}"])
    }
    assert changed
    assert all(name.startswith("encoder.layer.1.") for name in changed)


def test_a_loss_that_is_not_finite_names_the_step_and_stores_nothing(
    fit: Fit, settings: Make, stored_versions: Callable[[str], list[str]], tmp_path: Path
) -> None:
    chosen = settings(warmup_ratio=0, checkpoint_dir=tmp_path)
    chosen = chosen.model_copy(update={"learning_rate": 1e38})  # which the flag refuses
    with pytest.raises(TrainingError, match=r"at step 2 of 18\. Lower --learning-rate"):
        fit(chosen)
    assert stored_versions(chosen.name) == []


def test_a_base_model_with_damaged_weights_is_refused(
    fit: Fit, settings: Make, encoder: Path, tmp_path: Path
) -> None:
    broken = break_weights(tmp_path / "broken", encoder)
    with pytest.raises(UsageError, match="no finite number"):
        fit(settings(base_model=broken, checkpoint_dir=tmp_path / "c"))


def test_weights_that_break_in_the_very_last_step_are_not_stored(
    fit: Fit, settings: Make, stored_versions: Callable[[str], list[str]], tmp_path: Path
) -> None:
    """Every loss was finite: only what the last step left behind is not."""
    chosen = settings(epochs=1, batch_size=128, warmup_ratio=0, checkpoint_dir=tmp_path)
    chosen = chosen.model_copy(update={"learning_rate": 1e38})  # which the flag refuses
    with pytest.raises(TrainingError, match="--learning-rate"):
        fit(chosen)
    assert stored_versions(chosen.name) == []


def test_running_out_of_memory_names_the_batch_size(
    fit: Fit,
    settings: Make,
    after_steps: Callable[..., Any],
    stored_versions: Callable[[str], list[str]],
    tmp_path: Path,
) -> None:
    """The allocator itself fails, on more bytes than any machine has."""
    chosen = settings(checkpoint_dir=tmp_path)
    with (
        after_steps(2, lambda: torch.empty(1 << 55)),
        pytest.raises(TrainingError, match=r"--batch-size 8 .*Halve --batch-size"),
    ):
        fit(chosen)
    assert stored_versions(chosen.name) == []


@pytest.mark.parametrize(
    "words", ["shapes do not match", "CUDA error: an illegal memory access was encountered"]
)
def test_a_fault_of_another_kind_is_not_called_a_lack_of_memory(
    words: str, fit: Fit, settings: Make, after_steps: Callable[..., Any], tmp_path: Path
) -> None:
    def fail() -> None:
        raise RuntimeError(words)

    with after_steps(1, fail), pytest.raises(RuntimeError, match=words):
        fit(settings(checkpoint_dir=tmp_path))


def test_a_base_model_that_is_not_there_stores_nothing(
    fit: Fit, settings: Make, stored_versions: Callable[[str], list[str]], tmp_path: Path
) -> None:
    chosen = settings(base_model=str(tmp_path / "none"), checkpoint_dir=tmp_path)
    with pytest.raises(UsageError, match="none"):
        fit(chosen)
    assert stored_versions(chosen.name) == []


def test_curves_are_written_when_asked_for(
    fit: Fit, settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(tmp_path)
    chosen = settings(track="tensorboard", epochs=1, checkpoint_dir=tmp_path)
    fit(chosen)
    events = EventAccumulator(str(tmp_path / "runs" / chosen.name)).Reload()
    assert [event.step for event in events.Scalars("loss")] == list(range(1, 10))
    assert [event.step for event in events.Scalars("validation_accuracy")] == [9]


def test_accumulating_two_halves_gives_the_weights_of_the_whole(
    fit: Fit,
    settings: Make,
    steady_encoder: Path,
    reviews: Path,
    tmp_path: Path,
) -> None:
    """Texts of one length, as many as one batch: both ways take the same single step."""
    with reviews.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    short = [(" ".join(row["text"].split()[:2]), row["label"]) for row in rows]
    unique = list(dict(short).items())
    data = write_csv(tmp_path / "train.csv", balanced(unique, 4))
    tested = write_csv(tmp_path / "test.csv", [("superb", "good"), ("awful", "bad")])
    validated = write_csv(tmp_path / "validation.csv", [("moving", "good"), ("boring", "bad")])
    common = {
        "base_model": str(steady_encoder),
        "data": str(data),
        "validation_file": validated,
        "test_file": tested,
        "epochs": 1,
        "warmup_ratio": 0,
        "checkpoint_dir": tmp_path / "c",
    }
    whole = read_weights(fit(settings(batch_size=8, **common)).folder)
    halves = read_weights(fit(settings(batch_size=4, accumulation=2, **common)).folder)
    for name, tensor in whole.items():
        torch.testing.assert_close(halves[name], tensor, atol=1e-5, rtol=0, msg=name)


def balanced(rows: list[tuple[str, str]], each: int) -> list[tuple[str, str]]:
    """Return the first `each` rows of both labels."""
    return [row for label in ("bad", "good") for row in [r for r in rows if r[1] == label][:each]]
