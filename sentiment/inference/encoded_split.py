"""A split of a corpus as the model reads it: token ids, cut as in serving, and labels."""

from dataclasses import dataclass

from sentiment.data import Corpus
from sentiment.errors import DataError
from sentiment.inference.tokenizing import Tokenizer


@dataclass(frozen=True)
class EncodedSplit:
    """The texts of a split that the model can read, in order."""

    texts: list[str]
    ids: list[list[int]]
    """Token ids of each text, special tokens included."""
    labels: list[int]
    """Index of each text's label."""
    in_pieces: int = 0
    """Texts that are mostly unknown tokens or single letters."""
    unreadable: int = 0
    """Texts that were left out, as a server refuses them: no token is in the vocabulary."""

    @property
    def lengths(self) -> list[int]:
        """Number of tokens of each text."""
        return [len(ids) for ids in self.ids]


def encode_split(corpus: Corpus, split: str, tokenizer: Tokenizer) -> EncodedSplit:
    """Return a split of the corpus as the tokenizer reads it.

    Raises `DataError` when it can read none of the texts.
    """
    rows = corpus.splits[split][:]
    encodings = tokenizer.encode_batch(rows["text"])
    readable = [place for place, encoding in enumerate(encodings) if encoding.readable]
    if not readable:
        raise DataError(
            f"No text of the {split} split has a token in the vocabulary of the base model.",
            "Pass a --base-model that knows the language of the texts.",
        )
    return EncodedSplit(
        texts=[rows["text"][place] for place in readable],
        ids=[encodings[place].ids for place in readable],
        labels=[rows["label"][place] for place in readable],
        in_pieces=sum(tokenizer.in_pieces(encodings[place]) for place in readable),
        unreadable=len(encodings) - len(readable),
    )
