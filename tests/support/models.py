"""Small random encoders and learnable reviews: what tests train on, made in seconds.

A family here has the special tokens, the padding id and the positions of the
published models of that name; its weights are random and its vocabulary is a
few dozen words. Nothing is downloaded.
"""

import csv
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FAMILIES = ("distilbert", "bert", "roberta", "xlm-roberta", "mpnet", "modernbert")
MAX_LENGTH = 48  # tokens that every family here can read

# fmt: off
GOOD = [
    "wonderful", "superb", "moving", "brilliant", "charming", "delightful", "honest", "gripping",
]
BAD = ["awful", "dreadful", "boring", "clumsy", "tedious", "lifeless", "shallow", "insulting"]
FILLER = [
    "the", "a", "film", "plot", "story", "actor", "scene", "music", "ending", "was", "is", "and",
    "of", "with", "in", "it", "this", "that", "every", "some", "one", "two", "people", "time",
    "camera", "light", "voice", "city", "night", "day", "house", "road", "war", "love", "child",
    "director", "script", "part", "year", "world", "room", "door",
]
# fmt: on

_BERT_LIKE = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
_ROBERTA_LIKE = {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"}
_SPECIAL_TOKENS = {  # in the order of their ids
    "distilbert": _BERT_LIKE,
    "bert": _BERT_LIKE,
    "roberta": _ROBERTA_LIKE,
    "xlm-roberta": _ROBERTA_LIKE,
    "mpnet": _ROBERTA_LIKE,
    "modernbert": _BERT_LIKE,
}


def make_encoder(folder: Path, family: str, dropout: float = 0.1, seed: int = 0) -> Path:
    """Write a random encoder and its fast tokenizer as `from_pretrained` loads them.

    It has no classification head, like a published encoder. Returns `folder`.
    """
    import torch
    from transformers import AutoModel

    tokenizer = make_tokenizer(family)
    config = _config(family, tokenizer, dropout)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModel.from_config(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_classifier(folder: Path, family: str, seed: int = 0) -> Path:
    """Write a random classifier of two labels whose weights tell texts apart; return `folder`."""
    import torch
    from transformers import AutoModelForSequenceClassification

    make_encoder(folder, family, seed=seed)
    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2)
    for _, parameter in model.named_parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    return folder


def make_tokenizer(family: str) -> Any:
    """Return a fast tokenizer over whole words, with the family's template."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = _SPECIAL_TOKENS[family]
    words = [*special.values(), *GOOD, *BAD, *FILLER, *"abcdefghijklmnopqrstuvwxyz.,!?"]
    vocabulary = {word: index for index, word in enumerate(dict.fromkeys(words))}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=special["unk"]))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    before, after = special["cls"], special["sep"]
    backend.post_processor = processors.TemplateProcessing(
        single=f"{before} $A {after}",
        pair=f"{before} $A {after} $B {after}",
        special_tokens=[(before, vocabulary[before]), (after, vocabulary[after])],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, **{f"{role}_token": token for role, token in special.items()}
    )


def write_reviews(
    path: Path, rows: int, labels: tuple[str, str] = ("bad", "good"), seed: int = 0
) -> Path:
    """Write a CSV of `rows` short reviews, half of each label, no two alike.

    The words of one list mark one label. Lengths vary from a few words to some
    that `MAX_LENGTH` cuts. Returns `path`.
    """
    generator = random.Random(seed)  # noqa: S311 -- reviews, not secrets
    written: dict[str, str] = {}
    while len(written) < rows:
        label = len(written) % 2
        markers = generator.choices((BAD, GOOD)[label], k=generator.randint(2, 4))
        words = markers + generator.choices(FILLER, k=generator.choice((1, 3, 6, 12, 50)))
        generator.shuffle(words)
        written[" ".join(words)] = labels[label]
    return write_rows(path, written.items())


def write_rows(path: Path, rows: Iterable[tuple[str, str]]) -> Path:
    """Write (text, label) rows as a CSV with the columns that `--data` expects."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(rows)
    return path


def _config(family: str, tokenizer: Any, dropout: float) -> Any:
    from transformers import AutoConfig

    offset = 2 if _SPECIAL_TOKENS[family] is _ROBERTA_LIKE else 0  # rows that padding takes
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
        vocab_size=200,
        initializer_range=0.2,  # ten times the usual: so narrow a model else answers one thing
        max_position_embeddings=64 + offset,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        **own,
    )
