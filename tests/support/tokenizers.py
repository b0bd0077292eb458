"""Word tokenizers with the special tokens and the template of each family, without a download.

Each word of the vocabulary is one token, so that a test can count tokens by eye.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from tests.support.reviews import BAD, FILLER, GOOD

_BERT_LIKE = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
_ROBERTA_LIKE = {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"}
SPECIAL_TOKENS = {  # in the order of their ids
    "distilbert": _BERT_LIKE,
    "bert": _BERT_LIKE,
    "roberta": _ROBERTA_LIKE,
    "xlm-roberta": _ROBERTA_LIKE,
    "mpnet": _ROBERTA_LIKE,
    "modernbert": _BERT_LIKE,
    "albert": _BERT_LIKE,
    "camembert": _ROBERTA_LIKE,
    "deberta-v2": _BERT_LIKE,
    "electra": _BERT_LIKE,
}
WORDS = tuple(
    dict.fromkeys(
        (
            *(*GOOD, *BAD, *FILLER),
            *("end", "not", "very", "good", "great", "bad", "dull", "i", "loved", "hated"),
            *"abcdefghijklmnopqrstuvwxyz.,!?",
            *map(str, range(200)),  # in a text made of these, each word shows its position
        )
    )
)


def vocabulary(family: str = "bert") -> dict[str, int]:
    """Return the id of each special token and each word."""
    words = (*SPECIAL_TOKENS[family].values(), *WORDS)
    return {word: index for index, word in enumerate(words)}


def token_id(word: str) -> int:
    """Return the id that the BERT tokenizer of this module gives to a word."""
    return vocabulary()[word]


def write_tokenizer(folder: Path, family: str = "bert") -> Path:
    """Write a lower-casing tokenizer that `AutoTokenizer` can load too; return `folder`."""
    special = SPECIAL_TOKENS[family]
    tokenizer = Tokenizer(models.WordLevel(vocabulary(family), unk_token=special["unk"]))
    tokenizer.add_special_tokens(list(special.values()))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _save(tokenizer, special, folder)


def write_unigram_tokenizer(folder: Path, texts: Sequence[str], size: int = 400) -> int:
    """Write a tokenizer like XLM-RoBERTa's, with a vocabulary learnt from texts of any script.

    Returns the size of the vocabulary, which is at most `size`.
    """
    special = _ROBERTA_LIKE
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=list(special.values()),
        unk_token=special["unk"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    _save(tokenizer, special, folder)
    return int(tokenizer.get_vocab_size())


def _save(tokenizer: Tokenizer, special: dict[str, str], folder: Path) -> Path:
    """Write a tokenizer with its template for special tokens; return `folder`."""
    before, after = special["cls"], special["sep"]
    ids = {token: tokenizer.token_to_id(token) for token in special.values()}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{before} $A {after}",
        pair=f"{before} $A {after} $B {after}",
        special_tokens=[(before, ids[before]), (after, ids[after])],
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **{f"{role}_token": token for role, token in special.items()},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder
