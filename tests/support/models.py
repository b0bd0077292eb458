"""Small random encoders and classifiers that tests train and serve; each is made in seconds.

A family here has the special tokens, the padding id and the positions of the
published models of that name. Its weights are random, and its vocabulary is that
of `tests.support.tokenizers`. Nothing is downloaded.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sentiment import store
from sentiment.schema import ModelCard
from tests.support.cards import card_trained_on, make_card
from tests.support.tokenizers import (
    SPECIAL_TOKENS,
    vocabulary,
    write_tokenizer,
    write_unigram_tokenizer,
)

FAMILIES = ("distilbert", "bert", "roberta", "xlm-roberta", "mpnet", "modernbert")
"""Those that are tried in training, export and serving."""

ALL_FAMILIES = tuple(SPECIAL_TOKENS)
"""With those that are only converted."""

MAX_LENGTH = 48  # tokens; every family here can read as many


def make_encoder(folder: Path, family: str, dropout: float = 0.1, seed: int = 0) -> Path:
    """Write a random encoder and its fast tokenizer as `from_pretrained` loads them.

    It has no classification head, like a published encoder. Returns `folder`.
    """
    import torch
    from transformers import AutoModel

    config = _config(family, dropout)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModel.from_config(config)
    model.save_pretrained(folder)
    return write_tokenizer(folder, family)


def make_multilingual_encoder(folder: Path, texts: Sequence[str], languages: str) -> Path:
    """Write a random encoder like multilingual-e5-small, which reads `texts`; return `folder`.

    It is a BERT with the tokenizer of XLM-RoBERTa, and its card names `languages`.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    size = write_unigram_tokenizer(folder, texts)
    config = AutoConfig.for_model(
        "bert",
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.1,
        max_position_embeddings=512,
        tokenizer_class="XLMRobertaTokenizer",
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        AutoModel.from_config(config).save_pretrained(folder)
    (folder / "README.md").write_text(f"---\nlanguage: [{languages}]\n---\n")
    return folder


def make_classifier(folder: Path, family: str, seed: int = 0, label_count: int = 2) -> Path:
    """Write a random classifier that answers texts differently; return `folder`."""
    import torch
    from transformers import AutoModelForSequenceClassification

    make_encoder(folder, family, seed=seed)
    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=label_count)
    for _, parameter in model.named_parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    return folder


def classifier_card(**changes: Any) -> ModelCard:
    """Return the card of a classifier that reads `MAX_LENGTH` tokens."""
    return make_card(truncation={"max_length": MAX_LENGTH, "policy": "head+tail"}, **changes)


def store_classifier(
    family: str = "bert",
    name: str = "sentiment",
    seed: int = 0,
    openvino: bool = False,
    labels: Sequence[str] = ("negative", "positive"),
) -> str:
    """Put a small random classifier into the store and return its tag.

    With `openvino` it is stored in that format too.
    """
    from sentiment.export import convert
    from sentiment.inference.stored_format import StoredFormat

    with tempfile.TemporaryDirectory() as scratch:
        folder = make_classifier(Path(scratch) / "model", family, seed, len(labels))
        if openvino:
            onnx = Path(scratch) / "model.onnx"
            convert.to_onnx(folder, onnx)
            convert.to_openvino(onnx, StoredFormat("openvino", "fp32").file(folder))
        return store.save(
            name, folder, classifier_card(labels=list(labels)), np.empty(0, dtype=np.uint64)
        )


def store_trained_on(path: Path, name: str) -> str:
    """Store a small random classifier as if it had been trained on a file; return its tag."""
    card, corpus = card_trained_on(path, max_length=MAX_LENGTH)
    with tempfile.TemporaryDirectory() as scratch:
        return store.save(name, make_classifier(Path(scratch), "bert"), card, corpus.seen_hashes())


def _config(family: str, dropout: float) -> Any:
    from transformers import AutoConfig

    ids = vocabulary(family)
    pad, start, end = (ids[SPECIAL_TOKENS[family][role]] for role in ("pad", "cls", "sep"))
    offset = 2 if pad == 1 else 0  # models like RoBERTa number positions from padding id + 1 on
    own: dict[str, Any] = {
        "distilbert": {
            "dim": 32,
            "n_layers": 2,
            "n_heads": 2,
            "hidden_dim": 64,
            "dropout": dropout,
            "attention_dropout": dropout,
            "seq_classif_dropout": dropout,
        },
        "modernbert": {
            "mlp_dropout": dropout,
            "embedding_dropout": dropout,
            "attention_dropout": dropout,
            "classifier_dropout": dropout,
        },
        "deberta-v2": {
            "hidden_dropout_prob": dropout,
            "attention_probs_dropout_prob": dropout,
            "relative_attention": True,  # this and what follows as in DeBERTa-v3
            "position_buckets": 16,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "type_vocab_size": 0,
        },
    }.get(family, {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout})
    if family != "distilbert":
        own |= {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 64,
        }
    return AutoConfig.for_model(
        family,
        vocab_size=len(ids),
        initializer_range=0.2,  # ten times the default, with which all texts get one answer
        max_position_embeddings=64 + offset,
        pad_token_id=pad,
        bos_token_id=start,
        eos_token_id=end,
        cls_token_id=start,
        sep_token_id=end,
        **own,
    )
