"""Why an answer may be worth little, as codes for programs.

What a text is compared with is the profile of the training texts in the model's card, which
older models do not have; they give only the warnings that need none.
"""

import re

from sentiment.inference.encoding import Encoding
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard, TextProfile, WarningCode
from sentiment.text import clean, unescaped

_MUCH_SHORTER = 2  # times
# Of 12 sentences in seven other languages all but one are past these with the quick recipe's
# model, and of nine in English, with names and slang, one is.
_SMALLER_PIECES = 1.1  # times as many a word as any training text has
_SELDOMER_SEEN = 0.5  # times the share of known n-grams of any training text
_FEW_WORDS = 5  # fewer tell no language

_UNESCAPINGS = 3  # text from web pages is escaped so often
# Linear in the length of a text, which callers choose. Hosts without a scheme are told by what
# follows them, or by domains that are no words.
_LINKS = re.compile(
    r"[a-z][a-z0-9+.-]{1,15}://\S+|www\.\S+|(?<![^\s@<>])[^\s@<>]+@\S+|(?<!\w)@\w+|<[^<>]*>"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,8}"
    r"(?:[a-z]{2,24}[/:]\S+|(?:com|org|net|edu|gov|info|io|dev|tv|uk|de|fr|ru|cn|jp)\b)",
    re.IGNORECASE,
)


def warnings(
    text: str, encoding: Encoding, tokenizer: Tokenizer, card: ModelCard
) -> list[WarningCode]:
    """Return the reasons to distrust the answer to a text as it was sent, most telling first."""
    found: list[WarningCode] = []
    if not has_words(text):
        found.append("no_words")
    if tokenizer.in_pieces(encoding):
        found.append("unknown_tokens")
    if card.texts is not None:
        special = len(tokenizer.encode("").ids)
        if _is_other_language(text, encoding, encoding.tokens - special, card.texts):
            found.append("other_language")
        if encoding.tokens * _MUCH_SHORTER < card.texts.shortest:
            found.append("short")
    if encoding.truncated:
        found.append("truncated")
    return found


def has_words(text: str) -> bool:
    """Return whether a text has a letter outside of links, addresses, handles and tags."""
    for _ in range(_UNESCAPINGS):
        text = unescaped(text)
    return any(character.isalpha() for character in _LINKS.sub(" ", text))


def pieces_per_word(cleaned: str, tokens: int) -> float:
    """Return how many tokens, special ones left out, a cleaned text has for each word."""
    return tokens / max(len(cleaned.split()), 1)


def _is_other_language(text: str, encoding: Encoding, tokens: int, profile: TextProfile) -> bool:
    """Return whether the words of a text are unlike those that the model was trained on.

    A vocabulary cuts words of other languages into many pieces; one that was made for many
    languages does not, but then the n-grams have not seen them.
    """
    cleaned = clean(text)
    if tokens < _FEW_WORDS or not has_words(text):
        return False
    if pieces_per_word(cleaned, tokens) > profile.pieces_per_word * _SMALLER_PIECES > 0:
        return len(cleaned.split()) >= _FEW_WORDS or not cleaned.isascii()
    if encoding.ngrams is None or profile.seen is None or len(cleaned.split()) < _FEW_WORDS:
        return False
    return encoding.ngrams.seen < profile.seen * _SELDOMER_SEEN
