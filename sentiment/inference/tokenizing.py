"""Text to token ids, the same way in training, evaluation and serving.

Reads the `tokenizer.json` that every fast Hugging Face tokenizer saves, with
only the `tokenizers` library. Long texts are cut here, and each cut is reported.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer as FastTokenizer

from sentiment.errors import InvalidValue, UsageError
from sentiment.inference.encoding import Encoding, NgramAnswer
from sentiment.text import clean

Policy = Literal["head+tail", "head"]

# The tokenizer's own encodings take 500 bytes a token, and a token may be one character. So
# texts are tokenised in groups of at most so many texts and characters, and longer ones in pieces.
_GROUP_TEXTS = 256
_GROUP_CHARACTERS = 65_536
_PIECE_CHARACTERS = 16_384


def groups(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the texts, in order, in groups that are small enough to be in memory as tokens.

    A text that is longer than a group may be is a group by itself.
    """
    group: list[str] = []
    characters = 0
    for text in texts:
        characters += len(text)
        if group and (characters > _GROUP_CHARACTERS or len(group) == _GROUP_TEXTS):
            yield group
            group, characters = [], len(text)
        group.append(text)
    if group:
        yield group


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that are tokenised one after the other, as the whole would be.

    A piece ends before a space, where no token goes on. Only a word longer than a piece is cut.
    """
    start = 0
    while len(text) - start > _PIECE_CHARACTERS:
        end = start + _PIECE_CHARACTERS
        space = text.rfind(" ", start + 1, end + 1)
        if space > 0:
            end = space
        yield text[start:end]
        start = end
    yield text[start:]


def unreadable() -> InvalidValue:
    """Return the error for a text of which the model can read nothing."""
    return InvalidValue(
        "No token of the text is in the model's vocabulary.",
        "Send words of the language that the model was trained on.",
    )


def in_pieces_warning(count: int, texts: int, languages: Sequence[str]) -> str:
    """Return a warning that `count` of `texts` are hardly in the vocabulary; empty for none."""
    if not count:
        return ""
    knows = f"The base model knows: {', '.join(languages)}. " if languages else ""
    return (
        f"WARNING: {count:,} of {texts:,} texts consist mostly of tokens that the model does not "
        f"know, or of single letters. {knows}What it answers to them is little more than a guess; "
        "for another language train with a --base-model that knows it."
    )


class Tokenizer:
    """Cleans, tokenises and cuts texts to at most `max_length` tokens.

    The name of a special token in a text, such as `[SEP]` or `</s>`, is read as the
    ordinary characters that it is made of.

    `head+tail` keeps the first quarter and the last three quarters of the
    budget, because the verdict of a review is often in its last lines; `head`
    keeps the beginning. Safe to call from several threads.
    """

    def __init__(
        self,
        folder: Path,
        max_length: int,
        policy: Policy = "head+tail",
        ask_ngrams: Callable[[Sequence[int]], NgramAnswer] | None = None,
    ) -> None:
        """`ask_ngrams` is given all ids of a text, without special tokens and not cut."""
        self._ask_ngrams = ask_ngrams
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise UsageError(
                f"{folder} has no tokenizer.json.", "Use a model with a fast tokenizer."
            )
        self._fast = FastTokenizer.from_file(str(file))
        self._fast.no_truncation()
        self._fast.no_padding()
        self._fast.encode_special_tokens = True
        self._special = _special_tokens(self._fast)
        self._unknown = _unknown_token(self._fast)
        self._longest_word: int = getattr(self._fast.model, "max_input_chars_per_word", 0)
        self._prefix, self._suffix = self._template()
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
        prepared = self._prepare(text)
        return self._finish(prepared, self._ids([prepared])[0])

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the encodings of raw texts, in order, using all cores."""
        return [self._finish(text, ids) for text, ids in self._tokenised(texts)]

    def text_ids(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield all ids of each raw text, in order, without special tokens and not cut."""
        for text, ids in self._tokenised(texts):
            yield self._plain(text, ids)

    def located(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return all ids of a raw text, as `text_ids` does, and where each of them lies.

        That is first character and the one behind the last, in the cleaned text.
        """
        cleaned, prepared = clean(text), self._prepare(text)
        ids, spans = self._with_offsets(prepared)
        if not self._special.keys().isdisjoint(ids):
            prepared = self._spelt_out(prepared)
            ids, spans = self._with_offsets(prepared)
        places = _places(prepared, cleaned)
        kept = [
            (token, (places[start], places[end - 1] + 1 if end > start else places[start]))
            for token, (start, end) in zip(ids, spans, strict=True)
            if token == self._unknown or token not in self._special
        ]
        return [token for token, _ in kept], [span for _, span in kept]

    def _with_offsets(self, prepared: str) -> tuple[list[int], list[tuple[int, int]]]:
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        before = 0
        for piece in pieces(prepared):
            encoded = self._fast.encode(piece, add_special_tokens=False)
            ids += encoded.ids
            spans += [(before + start, before + end) for start, end in encoded.offsets]
            before += len(piece)
        return ids, spans

    def _spelt_out(self, text: str) -> str:
        """Return a text in which spaces divide the names of special tokens."""
        for name in self._special.values():
            text = text.replace(name, " ".join(name))
        return text

    def _tokenised(self, texts: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
        """Yield each text as it is prepared, and its ids without those of the template."""
        for group in groups(self._prepare(text) for text in texts):
            yield from zip(group, self._ids(group), strict=True)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of a group of prepared texts, as the tokenizer finds them."""
        short = [text for text in texts if len(text) <= _PIECE_CHARACTERS]
        encoded = iter(self._fast.encode_batch_fast(short, add_special_tokens=False))
        return [
            next(encoded).ids if len(text) <= _PIECE_CHARACTERS else self._ids_of_long(text)
            for text in texts
        ]

    def _ids_of_long(self, text: str) -> list[int]:
        ids: list[int] = []
        for piece in pieces(text):
            ids += self._fast.encode_batch_fast([piece], add_special_tokens=False)[0].ids
        return ids

    def in_pieces(self, encoding: Encoding) -> bool:
        """Return whether most of a text is unknown tokens or single letters.

        Such a text is probably in a language that the vocabulary was not made for. Of a
        vocabulary that is itself mostly letters, as Chinese ones are, none is told so.
        """
        ids = encoding.ids[len(self._prefix) : len(encoding.ids) - len(self._suffix)]
        unknown = 0 if self._unknown is None else ids.count(self._unknown)
        letters = sum(token in self._single_letters for token in ids)
        return 2 * (unknown + letters) > len(ids)

    @cached_property
    def _single_letters(self) -> frozenset[int]:
        """Return the ids of tokens that are one letter; none if they are half the vocabulary."""
        vocabulary = self._fast.get_vocab()
        letters = frozenset(
            number
            for name, number in vocabulary.items()
            if len(piece := name.removeprefix("##").lstrip("▁Ġ")) == 1 and piece.isalpha()
        )
        return letters if 2 * len(letters) < len(vocabulary) else frozenset()

    def decode(self, encoding: Encoding) -> str:
        """Return what the model reads of a text, as text."""
        return self._fast.decode(encoding.ids)

    def _prepare(self, text: str) -> str:
        """Clean a text, and divide words so long that WordPiece takes each for an unknown token."""
        cleaned = clean(text)
        longest = self._longest_word
        if longest and len(cleaned) > longest and max(map(len, cleaned.split())) > longest:
            cleaned = re.sub(rf"\w{{{longest}}}(?=\w)", r"\g<0> ", cleaned)
        return cleaned

    def _finish(self, text: str, ids: list[int]) -> Encoding:
        ids = self._plain(text, ids)
        tokens = len(ids) + len(self._prefix) + len(self._suffix)
        unknown = 0 if self._unknown is None else ids.count(self._unknown)
        readable = len(ids) > unknown
        answer = self._ask_ngrams(ids) if self._ask_ngrams and len(ids) > unknown else None
        if tokens > self.max_length:
            ids = ids[: self._head] + (ids[-self._tail :] if self._tail else [])
        return Encoding([*self._prefix, *ids, *self._suffix], tokens, unknown, readable, answer)

    def _plain(self, text: str, ids: list[int]) -> list[int]:
        """Return the ids of a text without special tokens, except the unknown token."""
        if self._special.keys().isdisjoint(ids):
            return ids
        return self._without_special_tokens(text, ids)

    def _without_special_tokens(self, text: str, ids: list[int]) -> list[int]:
        """Return the same for a text in which there are special tokens.

        The vocabulary of a Unigram model contains the names of special tokens like any
        other piece. Spaces between their characters keep it from finding them.
        """
        if any(name in text for name in self._special.values()):
            (ids,) = self._ids([self._spelt_out(text)])
        return [
            token_id
            for token_id in ids
            if token_id == self._unknown or token_id not in self._special
        ]

    def _template(self) -> tuple[list[int], list[int]]:
        """Return the ids that the model's template puts before and after a text."""
        probe = self._fast.encode("a")
        text = [index for index, special in enumerate(probe.special_tokens_mask) if not special]
        return probe.ids[: text[0]], probe.ids[text[-1] + 1 :]


def _places(prepared: str, cleaned: str) -> list[int]:
    """Return where in the cleaned text each character of a prepared one stands, and the end.

    Preparing only adds spaces.
    """
    places: list[int] = []
    place = 0
    for character in prepared:
        places.append(min(place, len(cleaned) - 1))
        place += place < len(cleaned) and character == cleaned[place]
    return [*places, len(cleaned)]


def _special_tokens(fast: FastTokenizer) -> dict[int, str]:
    """Return id and name of each special token."""
    added = fast.get_added_tokens_decoder().items()
    return {token_id: token.content for token_id, token in added if token.special}


def _unknown_token(fast: FastTokenizer) -> int | None:
    """Return the id for what is not in the vocabulary, None if it can spell every text."""
    if hasattr(fast.model, "unk_token"):
        name = fast.model.unk_token
        return None if name is None else fast.token_to_id(name)
    # The model of a Unigram tokenizer has no such attribute, only its JSON has.
    unknown: int | None = json.loads(fast.to_str())["model"].get("unk_id")
    return unknown
