"""Builders for what tests need whole and valid, with one thing changed."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from sentiment.schema import ModelCard
from sentiment.settings import TrainingSettings

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")  # ids 0 to 3
WORDS = (
    *("a", "the", "film", "plot", "end", "was", "is", "not", "very", "good", "great"),
    *("bad", "dull", "i", "it", "loved", "hated", ".", ",", "!"),
    *map(str, range(200)),
)


def as_flags(settings: TrainingSettings) -> list[str]:
    """Return what was set of a training run as flags of train.py."""
    flags: list[str] = []
    for name, value in settings.model_dump(mode="json", exclude_unset=True).items():
        values = value if isinstance(value, list) else [value]
        flags += [f"--{name.replace('_', '-')}", *map(str, values)]
    return flags


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


def write_tokenizer(folder: Path) -> None:
    """Save a lower-casing word tokenizer with BERT's template; `AutoTokenizer` loads it too."""
    vocabulary = {word: index for index, word in enumerate((*SPECIAL_TOKENS, *WORDS))}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIAL_TOKENS[1]))
    backend.add_special_tokens(list(SPECIAL_TOKENS))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    backend.save(str(folder / "tokenizer.json"))
    names = ("pad_token", "unk_token", "cls_token", "sep_token")
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **dict(zip(names, SPECIAL_TOKENS, strict=True)),
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def token_id(word: str) -> int:
    """Return the id that the tokenizer of `write_tokenizer` gives a word."""
    return (*SPECIAL_TOKENS, *WORDS).index(word)


def write_csv(path: Path, rows: Iterable[tuple[str, object]], header: str = "text,label") -> Path:
    """Write (text, label) rows, texts in quotes; return the path."""
    lines = (f'"{text}",{label}' for text, label in rows)
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path
