"""Whether a base model can be fine-tuned and served here, told before any data are read.

What is needed and can be set is set; what cannot work is refused with the reason.
"""

import inspect
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sentiment.errors import UsageError
from sentiment.inference.pooled_classifier import encoder_config
from sentiment.training.hub_models import has_weights

_OTHER = "Pass the --base-model of an encoder: packaged, mpnet, or one of docs/training.md."
_SAVED = "Pass a folder made by save_pretrained."
_CONVERTERS = {"*.model": ("sentencepiece",), "*.tiktoken": ("tiktoken",)}


# Their convolutions, or what they approximate attention by, read what is masked.
_PADDING_READERS = ("convbert", "nystromformer", "yoso")


def check_files(name: str, folder: Path) -> None:
    """Raise `UsageError` unless the folder has what can be told from the names of its files."""
    if not (folder / "config.json").is_file():
        if (folder / "adapter_config.json").is_file():
            raise UsageError(
                f"{name!r} is an adapter, which is no whole model.",
                "Merge it into its base model (merge_and_unload), save that and pass its folder.",
            )
        raise UsageError(f"{name!r} has no config.json.", _SAVED)
    _check_kind(name, folder)
    if not has_weights(folder):
        raise UsageError(
            f"{name!r} cannot be loaded: it has neither model.safetensors nor pytorch_model.bin.",
            _SAVED,
        )
    _check_converter(name, folder)


def _check_kind(name: str, folder: Path) -> None:
    """Raise `UsageError` for a kind of model that transformers does not have."""
    from transformers import CONFIG_MAPPING, __version__

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = config.get("model_type")
    except (ValueError, AttributeError):
        raise UsageError(f"The config.json of {name!r} is not that of a model.", _SAVED) from None
    if kind is None or kind in CONFIG_MAPPING:
        return
    if "auto_map" in config:
        raise UsageError(f"{name!r} ({kind}) needs code of its own, which is not run.", _OTHER)
    raise UsageError(
        f"{name!r} is of a kind, {kind}, that transformers {__version__} does not know.", _OTHER
    )


def _check_converter(name: str, folder: Path) -> None:
    """Raise `UsageError` if a fast tokenizer has to be made and the package for it is not here."""
    if (folder / "tokenizer.json").is_file() or (folder / "vocab.txt").is_file():
        return
    kinds = {"tiktoken.model": ("tiktoken",), **_CONVERTERS}
    for pattern, packages in kinds.items():
        found = sorted(folder.glob(pattern))
        missing = [package for package in packages if find_spec(package) is None]
        if found and missing:
            raise UsageError(
                f"{name!r} has no tokenizer.json, and to make one of its {found[0].name} takes "
                f"the package {missing[0]}, which is not installed.",
                f"Run: pip install {missing[0]}",
            )
        if found:
            return


def check_architecture(name: str, config: Any) -> None:
    """Raise `UsageError` unless a configuration is that of an encoder with a classifier."""
    from transformers import (
        MODEL_FOR_CAUSAL_LM_MAPPING,
        MODEL_FOR_MASKED_LM_MAPPING,
        MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
        MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    )

    kind = type(config)
    reason = ""
    if config.is_encoder_decoder or kind in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING:
        reason = "has an encoder and a decoder, of which classifying needs the first alone"
    elif kind not in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING:
        reason = "is not made to classify texts"
    elif kind not in MODEL_FOR_MASKED_LM_MAPPING:
        reason = (
            "is a decoder: it classifies by the last token, whose place padding takes, and the "
            "formats for serving cannot find it"
            if kind in MODEL_FOR_CAUSAL_LM_MAPPING
            else "is no encoder of text"
        )
    elif config.model_type in _PADDING_READERS:
        reason = "answers otherwise where a text is padded"
    elif getattr(config, "quantization_config", None):
        reason = "has quantised weights, which cannot be trained"
    if reason:
        raise UsageError(f"{name!r} ({config.model_type}) {reason}.", _OTHER)


def prepare_config(config: Any, labels: list[str]) -> None:
    """Set what fine-tuning needs and a base model may have otherwise, in place.

    It may have been trained on several labels a text or on a score, read texts from left to
    right, pool all places with padding among them, or return more than logits.
    """
    config.num_labels = len(labels)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: place for place, label in enumerate(labels)}
    needed = {
        "problem_type": "single_label_classification",
        "return_dict": True,
        "output_hidden_states": False,
        "output_attentions": False,
        "is_decoder": False,
        "add_cross_attention": False,
        "summary_type": "first",
    }
    for key, value in needed.items():
        if hasattr(config, key):
            setattr(config, key, value)


def check_model(name: str, model: Any, max_length: int) -> None:
    """Raise `UsageError` if a model takes no padded ids, or cannot read `max_length` tokens.

    It may lie on torch's device `meta`, without weights.
    """
    taken = inspect.signature(model.forward).parameters
    if missing := [each for each in ("input_ids", "attention_mask") if each not in taken]:
        raise UsageError(
            f"{name!r} ({model.config.model_type}) takes no {missing[0]}, so texts of several "
            "lengths cannot be read together.",
            _OTHER,
        )
    longest = longest_text(model)
    if longest is not None and max_length > longest:
        raise UsageError(
            f"--max-length {max_length} is more than the {longest} tokens that {name!r} can read.",
            f"Use --max-length {longest} or less.",
        )


def check_padding(name: str, model: Any) -> None:
    """Raise `UsageError` if a model with its weights answers otherwise to a text that is padded."""
    import torch

    text, padding = torch.arange(8).unsqueeze(0) + 1, torch.zeros((1, 16), dtype=torch.long)
    padded, mask = torch.cat([text, padding], 1), torch.arange(24).unsqueeze(0) < 8
    was_training = model.training
    model.eval()
    with torch.inference_mode(), torch.random.fork_rng(devices=[]):
        alone = model(input_ids=text, attention_mask=torch.ones_like(text)).logits
        among = model(input_ids=padded, attention_mask=mask.long()).logits
    model.train(was_training)
    if not (alone.isfinite().all() and among.isfinite().all()):
        raise UsageError(
            f"{name!r} ({model.config.model_type}) answers with what is no finite number.",
            "Its weights are damaged: fetch or save it anew.",
        )
    if not torch.allclose(alone, among, rtol=1e-3, atol=1e-3):
        raise UsageError(
            f"{name!r} ({model.config.model_type}) answers otherwise where a text is padded.",
            _OTHER,
        )


def longest_text(model: Any) -> int | None:
    """Return how many tokens a model has positions for; None where there is no limit.

    RoBERTa's family numbers positions from the padding id on, so the first rows of its table
    are not for tokens. A number that is not positive means that there is no limit.
    """
    from torch.nn import Embedding

    limits = [getattr(encoder_config(model.config), "max_position_embeddings", None) or 0]
    for path, module in model.base_model.named_modules():
        if path.endswith("position_embeddings") and isinstance(module, Embedding):
            unused = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - unused)
    return min((limit for limit in limits if limit > 0), default=None)


def prepare_tokenizer(name: str, tokenizer: Any, config: Any) -> None:
    """Give a tokenizer a padding token if it has none; raise `UsageError` if it cannot be used."""
    if not tokenizer.is_fast or len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise UsageError(
            f"{name!r} has no fast tokenizer with a vocabulary.", "Choose a model that has one."
        )
    if tokenizer.pad_token is not None:
        return
    known = getattr(config, "pad_token_id", None)
    if known is not None and 0 <= known < len(tokenizer):
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(known)
        return
    stand_in = tokenizer.sep_token or tokenizer.eos_token or tokenizer.unk_token
    if stand_in is None:
        raise UsageError(f"The tokenizer of {name!r} has no token for padding.", _OTHER)
    tokenizer.pad_token = stand_in  # masked wherever it stands, so any will do
