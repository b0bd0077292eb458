"""Where in the text as it was sent each character of the cleaned text comes from.

Cleaning changes lengths: an emoji becomes words, `&amp;` one character. What points into
a text, such as an explanation, has to point into the one that its caller knows.
"""

import re
from functools import cache
from unicodedata import category

from sentiment.text import clean

Span = tuple[int, int]
"""First character and the one behind the last, in the text as it was sent."""

# A tag for a line break, escaped or not, which may hold white space, or a run without any.
_LT = r"(?:<|&(?:amp;)*(?:lt|#0{0,9}60|#x0{0,9}3c);)"
_GT = r"(?:>|&(?:amp;)*(?:gt|#0{0,9}62|#x0{0,9}3e);)"
_BR = rf"{_LT}\s*br\s*(?:/\s*)?{_GT}"
_WORD = re.compile(rf"{_BR}|(?:(?!{_BR})\S)+", re.IGNORECASE)


@cache
def marks() -> str:
    """Return the characters that belong to the one before them, for a class of a pattern."""
    found = [chr(code) for code in range(0x300, 0x1F000) if category(chr(code))[0] == "M"]
    # Voiced sound marks of half width, skin tones, tags and more variation selectors.
    return "".join(found) + "\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"


@cache
def _atom() -> re.Pattern[str]:
    """Return a pattern for what can be cleaned by itself.

    That is an entity, a Hangul syllable in letters, a flag, or a character with its marks and
    those that are joined to it.
    """
    one = rf"\S[{marks()}]*"
    syllable = "[\u1100-\u115f]+[\u1160-\u11ff]*"
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    return re.compile(rf"&#?[0-9A-Za-z]{{1,32}};?|{syllable}|{flag}|{one}(?:\u200d{one})*")


def clean_with_spans(text: str) -> tuple[str, list[Span]]:
    """Return the cleaned text and, for each of its characters, the span that it comes from.

    Spans are in order. Those of a character that stands for itself are one long; where
    several characters can only be cleaned together, as in `&amp;lt;`, all get the same.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    cleaned = clean(text)
    parts = [(span, part) for span in words if (part := clean(text[slice(*span)]))]
    if " ".join(part for _, part in parts) != cleaned:
        return cleaned, [(0, len(text))] * len(cleaned)
    spans: list[Span] = []
    for (start, end), part in parts:
        if spans:
            spans.append((spans[-1][1], start))  # the space between words
        spans += _spans_in_word(text, start, end, part)
    return cleaned, spans


def _spans_in_word(text: str, start: int, end: int, cleaned: str) -> list[Span]:
    """Return the spans of a word's cleaned characters: finer than the word where they can be."""
    if text[start:end] == cleaned:
        return [(place, place + 1) for place in range(start, end)]
    spans: list[Span] = []
    for match in _atom().finditer(text, start, end):
        part = clean(match.group())
        if part and cleaned.startswith(" ", len(spans)):  # between an emoji's name and the next
            spans.append(match.span())
        if not cleaned.startswith(part, len(spans)):
            break
        spans += [match.span()] * len(part)
    return spans if len(spans) == len(cleaned) else [(start, end)] * len(cleaned)
