"""An engine that knows a few words, so that what the page shows can be foretold.

Each word of praise raises the logit of positive by one step, each of blame that of negative.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from sentiment.inference.engine import Logits
from sentiment.inference.fake import FakeEngine
from sentiment.serving.page_routes import FOLDER

PRAISE = (
    *("wonderful", "funny", "moving", "beautifully", "brilliant", "superb", "gripping", "good"),
    *("great", "loved"),
)
BLAME = (
    *("waste", "dull", "clumsy", "insult", "bad", "mess", "sadly", "drags", "flat", "leave"),
    *("awful", "boring"),
)
STEP = 1.3
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

# The words of the page's own examples, and some for the rows of files.
_READ = (FOLDER / "examples.js").read_text(encoding="utf-8")
_OTHERS = "row film number the a of and or was it is not i b img src x onerror script alert"
VOCABULARY = tuple(
    dict.fromkeys(
        (
            *(*SPECIAL, *PRAISE, *BLAME, *_OTHERS.split(), *map(str, range(10)), *".,:;!?'-<>/=()"),
            *re.findall(r"[a-z]+", _READ.lower()),
        )
    )
)


def write_word_tokenizer(folder: Path) -> Path:
    """Write a tokenizer of one token a word; return `folder`."""
    ids = {word: place for place, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(individual_digits=True)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


class WordEngine(FakeEngine):
    """Answers by counting words of praise and of blame."""

    def expected(self, text: Sequence[int]) -> Logits:
        words = [VOCABULARY[token] for token in text]
        praise = sum(word in PRAISE for word in words)
        blame = sum(word in BLAME for word in words)
        return np.asarray([STEP * blame, STEP * praise + 0.2], dtype=np.float32)
