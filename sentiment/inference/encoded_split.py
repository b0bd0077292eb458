"""A split of a corpus as the model reads it: token ids, cut as in serving, and labels."""

from dataclasses import dataclass

from sentiment.data import Corpus
from sentiment.inference.tokenizing import Tokenizer


@dataclass(frozen=True)
class EncodedSplit:
    """The texts of a split as token ids, special tokens included, and their label indices."""

    ids: list[list[int]]
    labels: list[int]

    @property
    def lengths(self) -> list[int]:
        """Number of tokens of each text."""
        return [len(ids) for ids in self.ids]


def encode_split(corpus: Corpus, split: str, tokenizer: Tokenizer) -> EncodedSplit:
    """Return a split of the corpus as the tokenizer reads it."""
    rows = corpus.splits[split][:]
    encodings = tokenizer.encode_batch(rows["text"])
    return EncodedSplit([encoding.ids for encoding in encodings], rows["label"])
