"""Where in the text as it was sent each character of the cleaned text comes from.

Cleaning changes lengths: an emoji becomes words, `&amp;` one character. What points into
a text, such as an explanation, has to point into the one that its caller knows.
"""

import re

from sentiment.text import clean

Span = tuple[int, int]
"""First character and the one behind the last, in the text as it was sent."""

# A tag for a line break, escaped or not, which may hold white space, or a run without any.
_BR = r"(?:<|&(?:amp;)*lt;)\s*br\s*(?:/\s*)?(?:>|&(?:amp;)*gt;)"
_WORD = re.compile(rf"{_BR}|(?:(?!{_BR})\S)+", re.IGNORECASE)
# An entity, or a character with the marks and joined characters that follow it.
_ATOM = re.compile(r"&#?\w{1,32};?|[^\W_]|\S(?:[^\x00-\x7f]*)|\s+", re.ASCII)


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
    spans: list[Span] = []
    for match in _ATOM.finditer(text, start, end):
        part = clean(match.group())
        if part and cleaned.startswith(" ", len(spans)):  # between an emoji's name and the next
            spans.append(match.span())
        if not cleaned.startswith(part, len(spans)):
            break
        spans += [match.span()] * len(part)
    return spans if len(spans) == len(cleaned) else [(start, end)] * len(cleaned)
