"""The pretrained encoder with a classification head for the labels, and its tokenizer."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.errors import SentimentError, UsageError
from sentiment.inference.pooled_classifier import encoder_config, register
from sentiment.settings import TrainingSettings
from sentiment.training import suitability
from sentiment.training.base_models import locate
from sentiment.training.layers import freeze, keep_layers

# Names of the dropout settings in the configurations of different encoder families.
_DROPOUT = ("hidden_dropout_prob", "dropout", "embedding_dropout", "mlp_dropout")
_ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")


@dataclass(frozen=True)
class BaseModel:
    """A base model that has been found fit for fine-tuning; its weights are not loaded yet."""

    name: str
    folder: Path
    config: Any
    tokenizer: Any


@dataclass(frozen=True)
class PretrainedClassifier:
    """A model that is ready to train, and the tokenizer that belongs to it."""

    model: Any
    tokenizer: Any
    languages: list[str]
    """What the base model's own card says that it knows, as ISO 639-1; empty if nothing."""


def open_base_model(settings: TrainingSettings) -> BaseModel:
    """Return the base model that the settings name, if it can do what they ask of it.

    Nothing is read of the data for that, nor of the weights. Raises `UsageError` when it
    cannot be loaded, is no encoder, has no fast tokenizer, can read fewer tokens than
    `max_length`, or lacks layers that are to be kept or frozen.
    """
    from transformers import AutoConfig, AutoTokenizer, logging

    register()
    name = settings.base_model
    folder = Path(locate(name))
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # else it warns that the head's weights are new
    suitability.check_files(name, folder)
    with _loading(name):
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    suitability.check_architecture(name, encoder_config(config))
    with _loading(name):
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False)
    suitability.prepare_tokenizer(name, tokenizer, config)
    _try_without_weights(settings, config)
    return BaseModel(name, folder, config, tokenizer)


def load_classifier(
    settings: TrainingSettings, labels: list[str], base: BaseModel | None = None
) -> PretrainedClassifier:
    """Return the base model with a head for `labels`, partly frozen if the settings ask.

    The head is new, unless the base model is a classifier of the same labels. Its first
    weights come from the global torch generator, so the caller seeds it. Raises
    `UsageError` as `open_base_model` does, which is asked for `base` if that is not given.
    """
    base = base or open_base_model(settings)
    config, tokenizer = deepcopy(base.config), base.tokenizer
    same_head = list(config.id2label.values()) == labels
    suitability.prepare_config(config, labels)
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = tokenizer.pad_token_id
    _set(config, _DROPOUT, settings.dropout)
    _set(config, _ATTENTION_DROPOUT, settings.attention_dropout)
    with _loading(base.name):
        model = _load(base, config, same_head)
        if len(tokenizer) > len(model.get_input_embeddings().weight):
            model.resize_token_embeddings(len(tokenizer))
        suitability.check_padding(base.name, model)
    tokenizer.model_max_length = settings.max_length
    keep_layers(model, settings.keep_layers)
    freeze(model, settings.frozen_layers)
    return PretrainedClassifier(model, tokenizer, languages_of(base.folder))


def _load(base: BaseModel, config: Any, same_head: bool) -> Any:
    """Return the model with its weights; with a new head if it has one for something else."""
    from transformers import AutoModel, AutoModelForSequenceClassification

    architectures = base.config.architectures or []
    if same_head or not any("ForSequenceClassification" in name for name in architectures):
        return AutoModelForSequenceClassification.from_pretrained(
            base.folder, config=config, ignore_mismatched_sizes=True, dtype="float32"
        )
    encoder = AutoModel.from_pretrained(base.folder, config=config, dtype="float32")
    model = AutoModelForSequenceClassification.from_config(config, dtype="float32")
    model.base_model.load_state_dict(encoder.state_dict(), strict=False)
    return model


def _try_without_weights(settings: TrainingSettings, config: Any) -> None:
    """Raise `UsageError` if the model cannot have the length or layers that are asked for."""
    import torch
    from transformers import AutoModelForSequenceClassification

    trial = deepcopy(config)
    suitability.prepare_config(trial, ["first", "second"])
    without_memory, same_seed = torch.device("meta"), torch.random.fork_rng(devices=[])
    with _loading(settings.base_model), without_memory, same_seed:
        model = AutoModelForSequenceClassification.from_config(trial)
    suitability.check_model(settings.base_model, model, settings.max_length)
    keep_layers(model, settings.keep_layers)
    freeze(model, settings.frozen_layers)


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """Turn what transformers raises, which are errors of many types, into one line."""
    try:
        yield
    except SentimentError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise UsageError(
            f"The base model {name!r} cannot be loaded: {reason}",
            "Pass --base-model packaged or mpnet, a folder made by save_pretrained, or a hub name.",
        ) from error


def languages_of(folder: str | Path) -> list[str]:
    """Return the languages that the card of a base model (its README.md) names."""
    from huggingface_hub import ModelCard

    readme = Path(folder) / "README.md"
    if not readme.is_file():
        return []
    try:
        named = ModelCard.load(readme).data.get("language") or []
    except (OSError, ValueError):
        return []
    return [named] if isinstance(named, str) else [str(each) for each in named]


def parameter_groups(model: Any, weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's two groups: matrices, which decay, and biases and norms, which do not."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _set(config: Any, names: tuple[str, ...], value: float | str) -> None:
    """Set those of `names` that the configuration has, unless `value` is "model"."""
    for name in names:
        if value != "model" and hasattr(config, name):
            setattr(config, name, value)
