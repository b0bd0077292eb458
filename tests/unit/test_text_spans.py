"""Spans of a cleaned text point into the text as it was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sentiment.text import clean
from sentiment.text_spans import clean_with_spans
from tests.unit.test_text import PIECES


def sources(raw: str, word: str) -> set[str]:
    """The parts of the raw text that the characters of a cleaned word come from."""
    cleaned, spans = clean_with_spans(raw)
    at = cleaned.index(word)
    return {raw[slice(*span)] for span in spans[at : at + len(word)]}


@pytest.mark.parametrize(
    ("raw", "word", "parts"),
    [
        ("Tom  &amp; Jerry", "&", {"&amp;"}),
        ("Tom  &amp; Jerry", "Jerry", {"J", "e", "r", "y"}),
        ("Good.<br />Bad.", "Bad.", {"B", "a", "d", "."}),
        ("one < br / > two", "two", {"t", "w", "o"}),
        ("Loved it 👍!", "thumbs up", {"👍"}),
        ("caf&eacute; noir", "é", {"&eacute;"}),
        ("a\u200bb good", "good", {"g", "o", "d"}),
        ("\uff47\uff4f\uff4f\uff44 film", "film", {"f", "i", "l", "m"}),
        ("the &amp;amp;lt; sign", "<", {"&amp;amp;lt;"}),
        ("看 iPhone。很好 👍🏽很", "。", {"。"}),
        ("good👍🏽很 film", "很", {"很"}),
        ("cafe\u0301s", "é", {"e\u0301"}),
        ("a &#60; br /&#62; good", "good", {"g", "o", "d"}),
    ],
)
def test_a_character_comes_from_what_was_sent(raw: str, word: str, parts: set[str]) -> None:
    assert sources(raw, word) == parts


@given(some.text() | some.lists(some.sampled_from([*PIECES, "👍", "é", "x "])).map("".join))
def test_any_text_is_cleaned_alike_and_its_spans_lie_in_it_in_order(raw: str) -> None:
    cleaned, spans = clean_with_spans(raw)
    assert cleaned == clean(raw)
    assert len(spans) == len(cleaned)
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(raw) for start, end in spans)


@given(some.text("abc XY,.!?'-", min_size=1))
def test_a_character_that_stands_for_itself_has_a_span_of_its_own(raw: str) -> None:
    cleaned, spans = clean_with_spans(raw)
    for character, (start, end) in zip(cleaned, spans, strict=True):
        if character != " ":
            assert raw[start:end] == character
