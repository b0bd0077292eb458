import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sentiment.errors import InvalidValue, TextTooLong
from sentiment.text import check_text, clean


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Good.", "Good."),
        ("Good.<br />Bad.", "Good. Bad."),
        ("Good.<br>Bad.", "Good. Bad."),
        ("Good.<BR/>Bad.", "Good. Bad."),
        ("Good.< br / >Bad.", "Good. Bad."),
        ("Good.<br /><br />Bad.", "Good. Bad."),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("caf&eacute;", "café"),
        ("&#39;tis", "'tis"),
        ("the tag &lt;br&gt; breaks", "the tag breaks"),
        ("&amp;lt;", "<"),
        ("&" + "amp;" * 25_000 + "lt;", "<"),
        ("&#0065; &#x41; &#xD800;", "A A \ufffd"),
        ("one &#" + "9" * 5000 + "; two", "one \ufffd two"),
        ("one &#x" + "f" * 5000 + "; two", "one \ufffd two"),
        ("one &amp;#" + "0" * 5000 + " two", "one \ufffd two"),
        ("one \t\n two", "one two"),
        ("  around  ", "around"),
        ("no\u00a0break", "no break"),
        ("<b>Bold</b>", "<b>Bold</b>"),
        ("SHOUTED, spelt rong!", "SHOUTED, spelt rong!"),
        ("<br />", ""),
        ("", ""),
        ("Ｔｈｉｓ was 𝐭𝐞𝐫𝐫𝐢𝐛𝐥𝐞, ½ ﬁne…", "This was terrible, 1⁄2 fine..."),
        ("te\u200brri\u00adble", "terrible"),
        ("a\x00b\x1bc", "abc"),
        ("\u202ereversed\u202c", "reversed"),
        ("\uff06lt;br\uff06gt; x", "x"),
        ("&\u200blt;br&gt; x", "x"),
        ("Loved it 👍", "Loved it thumbs up"),
        ("👍🏽👎🏿", "thumbs up thumbs down"),
        ("❤️ and ❤", "red heart and red heart"),
        ("😡!!!", "enraged face !!!"),
        ("👩\u200d👧", "woman girl"),
        ("Ünïcödé, 电影, фильм", "Ünïcödé, 电影, фильм"),
        ("?!", "?!"),
    ],
)
def test_clean_removes_what_a_web_page_left_and_nothing_else(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.parametrize("category", ["Cc", "Cf", "Co"])
def test_no_invisible_character_is_left(category: str) -> None:
    """Whatever version of Unicode this Python has."""
    characters = (chr(code) for code in range(0x110000))
    invisible = [each for each in characters if unicodedata.category(each) == category]
    assert len(invisible) > 60
    kept = [each for each in invisible if clean(f"a{each}b") not in ("ab", "a b")]
    assert kept == []


def test_a_letter_keeps_no_more_marks_than_any_language_has() -> None:
    assert len(clean("a" + "\u0316" * 1000)) < 40


PIECES = (
    "&",
    "amp;",
    "#",
    "38;",
    "#x26;",
    "lt;",
    "gt",
    "<",
    "br",
    ">",
    "/",
    " ",
    "\u00a0",
    "5",
    "3;",
    *("\u200b", "\uff06", "\uff1c", "👍", "\u0338", "\ufdfa", "\x00"),
)


@given(some.lists(some.sampled_from(PIECES), max_size=30).map("".join))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


@pytest.mark.parametrize(
    "raw",
    ["&" + "amp;" * 900, "&#" * 900 + "5" + "3;" * 900, "<" * 900 + "br>" * 900],
    ids=["ampersands", "digits", "tags"],
)
def test_a_text_nested_to_any_depth_is_done_in_a_few_passes(
    raw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    unescape = html.unescape
    monkeypatch.setattr(html, "unescape", lambda text: passes.append(1) or unescape(text))
    cleaned = clean(raw)
    assert len(passes) < 10
    assert clean(cleaned) == cleaned


def test_a_text_of_exactly_the_limit_is_taken() -> None:
    check_text("x" * 10, 10)


def test_a_longer_text_is_refused_with_its_length_and_the_limit() -> None:
    with pytest.raises(TextTooLong, match=r"1,001 characters; at most 1,000"):
        check_text("x" * 1001, 1000)


@given(some.text(some.sampled_from("a1 .&<>;/br\x00\n\x7f")))
def test_what_is_taken_is_what_has_something_to_read_when_it_is_clean(text: str) -> None:
    if clean(text):
        check_text(text, 1000)
    else:
        with pytest.raises(InvalidValue):
            check_text(text, 1000)


def test_an_error_never_holds_the_text() -> None:
    with pytest.raises(TextTooLong) as caught:
        check_text("confession " * 10, 20)
    assert "confession" not in str(caught.value.body())


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "a boolean"),
        (7, "a number"),
        (7.5, "a number"),
        (["good"], "a list"),
        ({"text": "good"}, "an object"),
        (None, "null"),
    ],
)
def test_what_is_no_string_is_refused_in_the_words_of_json(value: object, name: str) -> None:
    with pytest.raises(InvalidValue, match=f"must be a string, not {name}\\."):
        check_text(value, 100)


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "\n\t", "\u00a0", "<br /><br>", "&nbsp;"),
        *("\u200b\u200b", "\x00", "\ue000\uf8ff", "\u0301\u0301", "\ufeff", "\ufe0f", "🏽"),
    ],
)
def test_a_text_with_no_words_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"empty or only white space.*Send some words"):
        check_text(text, 100)


def test_half_a_surrogate_pair_is_refused_as_no_utf8() -> None:
    with pytest.raises(InvalidValue, match="not valid UTF-8"):
        check_text("good \ud83d film", 100)


def test_a_number_of_any_length_in_an_entity_is_no_fault_of_ours() -> None:
    check_text("good &#" + "9" * 5000 + "; film", 10_000)


def test_other_scripts_and_emoji_are_taken() -> None:
    check_text("très bon 电影 👍", 100)
