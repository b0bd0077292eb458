"""Where the sentences and words of a text lie, in the text as it was sent.

Sentences are found in the cleaned text by `sentencex`, which knows the abbreviations of most
languages, and then pointed back to what was sent, tags and entities included. What they are
asked about is that slice of the text, so that anybody can ask the same.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from unicodedata import category

from sentiment.text_spans import Span, clean_with_spans, marks

LONGEST = 400
"""Characters of a sentence; what has no end by then is cut at a comma or a space."""

MOST_SENTENCES = 500
"""Of a text; of one with more, some neighbours are taken together."""

_AT_ONCE = 4_000  # characters; sentencex takes quadratic time for quotes that never close
_LINE = r"(?:\r\n|\r(?!\n)|[\n\v\f\x1c-\x1e\x85\u2028])"
_BREAK = re.compile(rf"[<;]\s*br\b|{_LINE}\s*{_LINE}|\u2029", re.IGNORECASE)  # of a paragraph
# The others are dashes, and the commas, semicolons and colons of Chinese and Japanese.
_CLAUSE = re.compile(r"[,;:)\]\u2013\u2014\u3001\uff0c\uff1b\uff1a]\s*|\s[-/|]\s")
_CHARACTER = re.compile(r"[\w]")
# Thai, Lao, Burmese, Khmer, kana and Chinese characters, of which each is a word.
_ALONE = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"


@cache
def _word() -> re.Pattern[str]:
    """Return a pattern for a word, with the marks of its letters, as Hindi has them for vowels.

    That is one character of a script without spaces, or a run of letters and digits with
    apostrophes or hyphens inside, of at most 30 characters.
    """
    other = f"(?![{_ALONE}])"
    letter = rf"{other}[\w{marks()}]"
    run = rf"{other}\w(?:(?:{other}[\w{marks()}'\u2019-]){{0,28}}{letter})?"
    return re.compile(rf"(?:[{_ALONE}]|{run})[{marks()}]*")


def sentences(text: str, language: str = "en") -> list[Span]:
    """Return the spans of a text's sentences in the text as it was sent, in order.

    Together they hold everything but white space and tags between them.
    """
    cleaned, sources = clean_with_spans(text)
    if len(set(sources)) == 1 < len(sources):  # it can only be cleaned as a whole
        cleaned, sources = text, [(place, place + 1) for place in range(len(text))]
    found: list[Span] = []
    alone = False  # whether there are only signs by now, which belong to the first sentence
    for start, end in _sentences(cleaned, _paragraphs(text, cleaned, sources), language):
        span = sources[start][0], sources[end - 1][1]
        silent = not _CHARACTER.search(cleaned, start, end)
        if found and (silent or alone or span[0] < found[-1][1]):
            found[-1] = found[-1][0], max(found[-1][1], span[1])
        else:
            found.append(span)
        alone = silent and len(found) == 1 and (alone or found[0] == span)
    return joined(found, MOST_SENTENCES)[0]


def words(text: str) -> list[Span]:
    """Return the spans of a text's words in the text as it was sent, in order."""
    cleaned, sources = clean_with_spans(text)
    if len(set(sources)) == 1 < len(sources):
        cleaned, sources = text, [(place, place + 1) for place in range(len(text))]
    found: list[Span] = []
    for match in _word().finditer(cleaned):
        span = sources[match.start()][0], sources[match.end() - 1][1]
        if found and span[0] < found[-1][1]:  # such as the words of an emoji
            found[-1] = found[-1][0], max(found[-1][1], span[1])
        else:
            found.append(span)
    return found


def joined(spans: Sequence[Span], most: int) -> tuple[list[Span], int]:
    """Return at most so many spans, of as many neighbours each as that takes, and that number."""
    each = max(1, -(-len(spans) // most))
    firsts = range(0, len(spans), each)
    return [(spans[i][0], spans[min(i + each, len(spans)) - 1][1]) for i in firsts], each


def _paragraphs(text: str, cleaned: str, sources: Sequence[Span]) -> list[Span]:
    """Return the spans of the cleaned text's paragraphs."""
    ends = [
        place
        for place, character in enumerate(cleaned)
        if character == " " and _BREAK.search(text, *sources[place])
    ]
    return list(zip([0, *ends], [*ends, len(cleaned)], strict=True))


def _sentences(cleaned: str, paragraphs: Sequence[Span], language: str) -> Iterator[Span]:
    """Yield the spans of sentences in the cleaned text, without white space around them."""
    for paragraph in paragraphs:
        for whole in _split(cleaned, *paragraph, language):
            for start, end in _cut(cleaned, *whole):
                part = cleaned[start:end]
                if part.strip():
                    yield start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _split(cleaned: str, start: int, end: int, language: str) -> Iterator[Span]:
    """Yield the spans of a paragraph's sentences, found in some thousand characters at once.

    Where such a window ends within a sentence, the next one begins with that sentence.
    """
    from sentencex import get_sentence_boundaries

    while start < end:
        window = cleaned[start : min(start + _AT_ONCE, end)]
        found = [
            start + bounds["end_index"] for bounds in get_sentence_boundaries(language, window)
        ]
        last = start + len(window)
        if last < end:
            found = found[:-1] or [_middle(cleaned, start + _AT_ONCE // 2, last)]
        for stop in found or [last]:
            yield start, stop
            start = stop


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a sentence in pieces of at most `LONGEST`."""
    while end - start > LONGEST:
        middle = _middle(text, start + LONGEST // 2, start + LONGEST)
        yield start, middle
        start = middle
    yield start, end


def _middle(text: str, least: int, most: int) -> int:
    """Return where to cut a sentence: behind a clause, else at a space, else between letters."""
    clauses = [match.end() for match in _CLAUSE.finditer(text, least, most)]
    if clauses:
        return clauses[-1]
    space = text.rfind(" ", least, most)
    if space > 0:
        return space + 1
    while most > least + 1 and category(text[most])[0] == "M":  # a mark stays with its letter
        most -= 1
    return most
