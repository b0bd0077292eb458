"""The recipes: sets of training settings, each under a name."""

from typing import Any, Literal

RecipeName = Literal["quick", "large", "full", "large-full", "distilbert"]

RECIPES: dict[RecipeName, dict[str, Any]] = {
    "quick": {
        "train_size": 2400,
        "validation_size": 500,
        "max_length": 192,
        "learning_rate": 3e-4,
        "frozen_layers": 3,
        "consistency": 0.3,
    },
    "large": {
        "base_model": "mpnet",
        "train_size": 4000,
        "train_length": 128,
        "validation_size": 1000,
        "learning_rate": 8e-5,
        "frozen_layers": 6,
        "sentences": 600,
        "consistency": 2.0,
    },
    "full": {"learning_rate": 2e-4},
    "large-full": {
        "base_model": "mpnet",
        "train_length": 128,
        "learning_rate": 6e-5,
        "frozen_layers": 4,
        "sentences": 4000,
        "consistency": 2.0,
    },
    "distilbert": {
        "data": "hub",
        "base_model": "distilbert-base-uncased",
        "learning_rate": 2e-5,
        "batch_size": 32,
        "epochs": 2,
        "dropout": "model",
        "attention_dropout": "model",
    },
}
