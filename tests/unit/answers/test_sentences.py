"""Sentences and words lie where they stand in the text as it was sent."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sentiment.answers.sentences import LONGEST, MOST_SENTENCES, joined, sentences, words
from tests.unit.test_text import PIECES


def parts(text: str) -> list[str]:
    return [text[slice(*span)] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Good film. Bad sound!", ["Good film.", "Bad sound!"]),
        ("  Good film.\n\n  Bad sound", ["Good film.", "Bad sound"]),
        ("Good film<br /><br />Bad sound", ["Good film", "Bad sound"]),
        ("Good film&lt;br /&gt;Bad &amp; dull. End", ["Good film", "Bad &amp; dull.", "End"]),
        ("Dr. X &quot;acts&quot;. Dull &amp; bad.", ["Dr. X &quot;acts&quot;.", "Dull &amp; bad."]),
        ("Loved it 👍 !!! Really?", ["Loved it 👍 !!!", "Really?"]),
        ("\U0001f600\U0001f600 fun. \U0001f4a9 x", ["\U0001f600\U0001f600 fun.", "\U0001f4a9 x"]),
        ("很好。不好。", ["很好。", "不好。"]),
        ("我喜欢 iPhone。电池不好。", ["我喜欢 iPhone。", "电池不好。"]),
        ("अच्छी फ़िल्म थी। अंत बुरा था।", ["अच्छी फ़िल्म थी।", "अंत बुरा था।"]),
        ("فيلم جيد؟ نهاية سيئة.", ["فيلم جيد؟", "نهاية سيئة."]),
        ("Good film\r\n\r\nBad sound", ["Good film", "Bad sound"]),
        ("Good film\r\rBad sound", ["Good film", "Bad sound"]),
        ("one line\r\nof two", ["one line\r\nof two"]),
        ("Good film\u2029Bad sound", ["Good film", "Bad sound"]),
        ("Good film&#60;br /&#62;Bad&#x3C;br&#x3e; End", ["Good film", "Bad", "End"]),
        ("Good film&amp;lt;br /&amp;gt;Bad", ["Good film", "Bad"]),
        ("one line\nof two", ["one line\nof two"]),
        ("good", ["good"]),
        ("!!! Great. ??? Bad", ["!!! Great. ???", "Bad"]),
    ],
)  # fmt: skip
def test_a_sentence_is_a_slice_of_what_was_sent(text: str, wanted: list[str]) -> None:
    assert parts(text) == wanted


def test_what_never_ends_is_cut_behind_clauses_or_at_spaces() -> None:
    found = parts("the acting is dull, " * 100)
    assert all(len(part) <= LONGEST and part.endswith("dull,") for part in found)
    assert sum(part.count("dull") for part in found) == 100
    assert all(len(part) <= LONGEST for part in parts("x" * 3000))
    assert all(part.split()[0] == "word" for part in parts("word " * 1000))
    whole = parts("words6 " * 2000)
    assert {word for part in whole for word in part.split()} == {"words6"}
    assert all(len(part) <= LONGEST for part in whole)
    assert not any(part.startswith("\u0e35") for part in parts("\u0e14\u0e35" * 3000))  # a vowel


def test_of_a_great_many_sentences_neighbours_are_taken_together() -> None:
    found = parts("Dull film. " * 1200)
    assert len(found) == 400 <= MOST_SENTENCES
    assert set(found) == {"Dull film. Dull film. Dull film."}
    assert joined([(0, 1), (2, 3), (4, 5)], 2) == ([(0, 3), (4, 5)], 2)
    assert joined([], 2) == ([], 1)


@pytest.mark.parametrize("character", ["“", "«", "'", "(", ".", "<br>", "a. ", "\n\n", "&lt;"])
def test_any_repetition_is_split_in_time_that_grows_with_its_length(character: str) -> None:
    found = sentences((character * 100_000)[:100_000])
    assert len(found) <= MOST_SENTENCES


@settings(deadline=None)
@given(
    some.lists(some.sampled_from([*PIECES, "👍", "é", ". ", "Bad. ", "! ", "\n\n"])).map("".join)
)
def test_spans_of_any_text_are_in_order_and_hold_each_word(text: str) -> None:
    found, each = sentences(text), words(text)
    for spans in (found, each):
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
    for start, end in each:
        assert any(first <= start and end <= last for first, last in found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I don't like it, really.", ["I", "don't", "like", "it", "really"]),
        ("caf&eacute; &amp; so-called   film", ["caf&eacute;", "so-called", "film"]),
        ("fun 👍!", ["fun", "👍"]),
        ("很好", ["很", "好"]),
        ("我喜欢 iPhone。很好", ["我", "喜", "欢", "iPhone", "很", "好"]),
        ("अच्छी फ़िल्म", ["अच्छी", "फ़िल्म"]),
        ("ดีมาก", ["ดี", "ม", "า", "ก"]),
        ("cafe\u0301 d\u2019ete\u0301, très", ["cafe\u0301", "d\u2019ete\u0301", "très"]),
        ("ABC很差x", ["ABC", "很", "差", "x"]),
        ("R&B at AT&T", ["R", "B", "at", "AT", "T"]),
        ("好👍🏽好 👩‍👧 🇩🇪🇫🇷", ["好", "👍🏽", "好", "👩‍👧", "🇩🇪", "🇫🇷"]),
        ("good<br />bad", ["good", "bad"]),
        ("!!!", []),
    ],
)
def test_words_are_slices_of_what_was_sent(text: str, wanted: list[str]) -> None:
    assert [text[slice(*span)] for span in words(text)] == wanted
