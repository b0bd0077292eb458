"""Text to token ids, the same way in training, evaluation and serving.

Reads the `tokenizer.json` that every fast Hugging Face tokenizer saves, with
the `tokenizers` library alone. Long texts are cut here, and each cut is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer as FastTokenizer

from sentiment.errors import UsageError
from sentiment.text import clean

Policy = Literal["head+tail", "head"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """One text as the model reads it."""

    ids: list[int]
    """Token ids, special tokens included; at most `max_length` of them."""
    tokens: int
    """Tokens of the whole text, special tokens included."""

    @property
    def truncated(self) -> bool:
        """Whether the model reads only part of the text."""
        return self.tokens > len(self.ids)


class Tokenizer:
    """Cleans, tokenises and cuts texts to at most `max_length` tokens.

    `head+tail` keeps the first quarter and the last three quarters of the
    budget, because the verdict of a review is often in its last lines; `head`
    keeps the beginning. Safe to call from several threads.
    """

    def __init__(self, folder: Path, max_length: int, policy: Policy = "head+tail") -> None:
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise UsageError(
                f"{folder} has no tokenizer.json.", "Use a model with a fast tokenizer."
            )
        self._fast = FastTokenizer.from_file(str(file))
        self._fast.no_truncation()
        self._fast.no_padding()
        self._prefix, self._suffix = self._special_tokens()
        budget = max_length - len(self._prefix) - len(self._suffix)
        if budget < 1:
            raise UsageError(
                f"A maximum length of {max_length} leaves no room for text.",
                "Raise --max-length.",
            )
        self.max_length = max_length
        self.policy = policy
        self._head = budget // 4 if policy == "head+tail" else budget
        self._tail = budget - self._head

    def encode(self, text: str) -> Encoding:
        """Return the encoding of one raw text."""
        return self._cut(self._fast.encode(clean(text), add_special_tokens=False).ids)

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the encodings of raw texts, in order, using all cores."""
        cleaned = [clean(text) for text in texts]
        encoded = self._fast.encode_batch_fast(cleaned, add_special_tokens=False)
        return [self._cut(each.ids) for each in encoded]

    def decode(self, encoding: Encoding) -> str:
        """Return what the model reads of a text, as text."""
        return self._fast.decode(encoding.ids)

    def _cut(self, ids: list[int]) -> Encoding:
        tokens = len(ids) + len(self._prefix) + len(self._suffix)
        if tokens > self.max_length:
            ids = ids[: self._head] + (ids[-self._tail :] if self._tail else [])
        return Encoding([*self._prefix, *ids, *self._suffix], tokens)

    def _special_tokens(self) -> tuple[list[int], list[int]]:
        """Return the ids that the model's template puts before and after a text."""
        probe = self._fast.encode("a")
        text = [index for index, special in enumerate(probe.special_tokens_mask) if not special]
        return probe.ids[: text[0]], probe.ids[text[-1] + 1 :]
