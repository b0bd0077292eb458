"""Complete, valid model cards, with those fields changed that a test is about."""

import json
from pathlib import Path
from typing import Any

from sentiment import data
from sentiment.schema import ModelCard
from sentiment.settings import DataSettings, TrainingSettings


def make_card(**changes: Any) -> ModelCard:
    """Return a valid card of a model with the labels negative and positive."""
    values: dict[str, Any] = {
        "recipe": "quick",
        "base_model": "packaged",
        "labels": ["negative", "positive"],
        "truncation": {"max_length": 16, "policy": "head+tail"},
        "data": {
            "source": "packaged",
            "fingerprint": "f" * 64,
            "sizes": {"train": 4, "validation": 2, "test": 2},
            "class_counts": {
                "train": {"negative": 2, "positive": 2},
                "validation": {"negative": 1, "positive": 1},
                "test": {"negative": 1, "positive": 1},
            },
            "dropped_empty": 0,
            "dropped_duplicates": 0,
        },
        "settings": TrainingSettings(max_length=16).trajectory(),
        "epochs": [
            {
                "epoch": 1,
                "train_loss": 0.5,
                "validation_loss": 0.4,
                "validation_accuracy": 0.875,
            }
        ],
        "best_epoch": 1,
        "calibration": {
            "temperature": 2.0,
            "log_loss_before": 0.5,
            "log_loss_after": 0.4,
            "expected_calibration_error_before": 0.1,
            "expected_calibration_error_after": 0.05,
        },
        "precision": "fp32",
        "hardware": "2 CPU cores",
        "duration_s": 1.5,
        "versions": {"python": "3.11"},
        "git_commit": "0" * 40,
        "created": "2025-01-01T00:00:00Z",
    }
    return ModelCard.model_validate(values | changes)


def card_trained_on(path: Path, **changes: Any) -> tuple[ModelCard, data.Corpus]:
    """Return the card of a model that was trained on the file at `path`, and its corpus."""
    settings = TrainingSettings.parse({"data": str(path), "max_length": 16, **changes})
    own = settings.model_dump(include=set(DataSettings.model_fields))
    corpus = data.load(DataSettings.parse(own))
    card = make_card(
        labels=corpus.labels,
        truncation={"max_length": settings.max_length, "policy": settings.truncation},
        data=corpus.summary.model_dump(),
        settings=json.loads(json.dumps(settings.trajectory())),
    )
    return card, corpus
