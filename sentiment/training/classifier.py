"""The pretrained encoder with a fresh classification head, and its tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.errors import UsageError
from sentiment.inference.pooled_classifier import encoder_config, register
from sentiment.settings import TrainingSettings
from sentiment.training.base_models import locate

# Names of the dropout settings in the configurations of different encoder families.
_DROPOUT = ("hidden_dropout_prob", "dropout", "embedding_dropout", "mlp_dropout")
_ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")


@dataclass(frozen=True)
class PretrainedClassifier:
    """A model that is ready to train, and the tokenizer that belongs to it."""

    model: Any
    tokenizer: Any
    languages: list[str]
    """What the base model's own card says that it knows, as ISO 639-1; empty if nothing."""


def load_classifier(settings: TrainingSettings, labels: list[str]) -> PretrainedClassifier:
    """Return the base model with a new head for `labels`, partly frozen if the settings ask.

    The head's first weights come from the global torch generator, so the caller seeds
    it. Raises `UsageError` when the model cannot be loaded, has no fast tokenizer, or
    can read fewer tokens than `max_length`.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, logging

    register()
    source = locate(settings.base_model)
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # else it warns that the head's weights are new
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        config = AutoConfig.from_pretrained(
            source,
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
        )
        _check_length(settings, encoder_config(config))
        _set(config, _DROPOUT, settings.dropout)
        _set(config, _ATTENTION_DROPOUT, settings.attention_dropout)
        model = AutoModelForSequenceClassification.from_pretrained(
            source, config=config, ignore_mismatched_sizes=True, dtype="float32"
        )
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:300]
        raise UsageError(
            f"The base model {settings.base_model!r} cannot be loaded: {reason}",
            "Pass --base-model packaged or mpnet, a folder made by save_pretrained, or a hub name.",
        ) from error
    if not tokenizer.is_fast or len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise UsageError(
            f"{settings.base_model!r} has no fast tokenizer with a vocabulary.",
            "Choose a model that has one.",
        )
    tokenizer.model_max_length = settings.max_length
    keep_layers(model, settings.keep_layers)
    freeze(model, settings.frozen_layers)
    return PretrainedClassifier(model, tokenizer, languages_of(source))


def languages_of(source: str) -> list[str]:
    """Return the languages that the card of a base model (its README.md) names."""
    from huggingface_hub import ModelCard
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    readme = Path(source) / "README.md"
    if Path(source).is_dir() and not readme.is_file():
        return []
    try:
        card = ModelCard.load(readme if readme.is_file() else source)
    except (OSError, ValueError, HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled):
        return []
    named = card.data.get("language") or []
    return [named] if isinstance(named, str) else [str(each) for each in named]


def keep_layers(model: Any, layers: Sequence[int]) -> None:
    """Drop all encoder layers but these, in this order (Sanh et al., 2019); none drops nothing."""
    if not layers:
        return
    from torch.nn import ModuleList

    stack, depth = _layer_stack(model), model.config.num_hidden_layers
    if stack is None or not all(0 <= layer < depth for layer in layers):
        raise UsageError(
            f"--keep-layers {','.join(map(str, layers))}: this encoder has {depth} layers, "
            "the first of which is 0.",
            "Name those that there are.",
        )
    kept = ModuleList([stack[layer] for layer in layers])
    for module in model.base_model.modules():
        for name, child in list(module.named_children()):
            if child is stack:
                setattr(module, name, kept)
    for name, value in model.config.to_dict().items():
        if isinstance(value, list) and len(value) == depth:  # such as the kinds of attention
            setattr(model.config, name, [value[layer] for layer in layers])
    model.config.num_hidden_layers = len(layers)


def _layer_stack(model: Any) -> Any:
    """Return the list of an encoder's layers, None where it is not found."""
    from torch.nn import ModuleList

    depth = model.config.num_hidden_layers
    lists = (each for each in model.base_model.modules() if isinstance(each, ModuleList))
    return next((each for each in lists if len(each) == depth), None)


def freeze(model: Any, layers: int) -> None:
    """Stop training the embeddings and the lowest `layers` encoder layers; 0 freezes nothing."""
    if layers == 0:
        return
    stack, depth = _layer_stack(model), model.config.num_hidden_layers
    if stack is None or layers > depth:
        raise UsageError(
            f"--frozen-layers {layers} is more than the {depth} layers of this encoder.",
            "Freeze fewer.",
        )
    for name, parameter in model.base_model.named_parameters():
        if "embeddings" in name or "relative_attention_bias" in name:
            parameter.requires_grad = False
    for layer in list(stack)[:layers]:
        layer.requires_grad_(False)


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


def _check_length(settings: TrainingSettings, config: Any) -> None:
    """Raise `UsageError` if `max_length` is more than the model has positions for.

    RoBERTa's family numbers positions from 2 on, so two rows of its table are not for tokens.
    """
    positions = getattr(config, "max_position_embeddings", None)
    if positions is None:
        return
    offset = 2 if config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet") else 0
    if settings.max_length > positions - offset:
        raise UsageError(
            f"--max-length {settings.max_length} is more than the {positions - offset} tokens "
            f"that {settings.base_model!r} can read.",
            f"Use --max-length {positions - offset} or less.",
        )
