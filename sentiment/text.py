"""The one place where raw text is checked and cleaned, for training and serving alike.

Cleaning removes what a web page left behind (`<br />` tags, HTML entities, runs of
white space), writes characters in their plain form, and turns emoji into words, because
most encoders know neither bold mathematical letters nor emoji and would guess.
It leaves case, punctuation and spelling to the tokenizer.
"""

import html
import re
import unicodedata
from functools import cache
from typing import Any

from sentiment.errors import InvalidValue, TextTooLong

# Each of these patterns must match in linear time, because callers choose the text.
_LINE_BREAK_TAG = re.compile(r"<\s*br\s*(?:/\s*)?>", re.IGNORECASE)
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+")
_ENDLESS_NUMBER = re.compile(r"&#[0-9]{100,};?")  # no character; int() raises at 4,300 digits
_MARKUP = str.maketrans("&<", "  ")
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_MAX_PASSES = 8  # text from web pages needs three

# Control characters that are not white space, format characters (Unicode's Cf), variation
# selectors, skin tones of emoji, and characters for private use: they are invisible, or
# carry no sentiment.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ue000-\uf8ff"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U0010ffff]"
)
_MAY_BE_EMOJI = re.compile("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
# Some of them in a row, each perhaps behind what a keycap is drawn on. The library makes an
# object of each character that it is given. An even number, so that no flag is cut in half.
_EMOJI = re.compile(f"(?:[0-9#*]?{_MAY_BE_EMOJI.pattern}){{1,1000}}")
# ASCII texts that cleaning leaves readable and makes no longer, with nothing to unescape.
_PLAIN_WORDS = re.compile(r"[^a-zA-Z&<]*[a-zA-Z][^&<]*")
_MOST_MARKS = 30  # on one letter, as in Unicode's Stream-Safe Text Format (UAX #15, section 13)

_JSON_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
    bytes: "bytes",
}


def clean(text: str) -> str:
    """Return `text` as the model is to read it, on one line; empty if nothing is left to read.

    Text that was escaped several times is unescaped completely, so that cleaning it again,
    which happens to texts that pass through files, changes nothing. Some texts, such as
    `&#&#&#53;3;3;`, would need as many passes as they are long. So after the eighth pass each
    remaining `&` and `<` becomes a space, and nothing is left to unescape.
    Letters in compatibility forms, such as full-width ones, become plain ones (Unicode's
    NFKC), invisible characters are removed, and an emoji becomes its English name.
    """
    for _ in range(_MAX_PASSES):
        plain = _plain_form(text)
        plain = _ESCAPED_AMPERSAND.sub("&", _LINE_BREAK_TAG.sub(" ", plain))
        plain = unescaped(plain)
        if plain == text:
            break
        text = plain
    else:
        text = _plain_form(text).translate(_MARKUP)
    if _MAY_BE_EMOJI.search(text):
        text = _name_emoji(text)
    return " ".join(text.split()) if _is_readable(text) else ""


def unescaped(text: str) -> str:
    """Return `text` with the characters that its HTML entities stand for."""
    return html.unescape(_ENDLESS_NUMBER.sub("\ufffd", text))


def _plain_form(text: str) -> str:
    """Return NFKC of `text`, without invisible characters and excess marks on one letter.

    Python sorts the marks of a letter by insertion sort, in quadratic time, so a hundred
    thousand of them would take minutes.
    """
    if text.isascii():
        return text if text.isprintable() else _INVISIBLE.sub("", text)
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", _excess_marks().sub(r"\1", text)))


@cache
def _excess_marks() -> re.Pattern[str]:
    """Return a pattern for too many marks in a row; its group matches those to keep."""
    marks = [chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))]
    one = f"[{''.join(marks)}]"
    return re.compile(f"({one}{{{_MOST_MARKS}}}){one}+")


def _name_emoji(text: str) -> str:
    import emoji  # takes 25 ms and 9 MB, and few texts need it

    def name(_: str, known: dict[str, str]) -> str:
        return f" {known['en'].strip(':').replace('_', ' ')} "

    return _EMOJI.sub(lambda found: emoji.replace_emoji(found.group(), name), text)


def _is_readable(text: str) -> bool:
    """Return whether a text has a letter, a number, a symbol or punctuation."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def check_text(text: Any, max_characters: int, remedy: str = "Shorten it.") -> None:
    """Raise `InvalidValue` or `TextTooLong` unless `text` is one that can be predicted.

    `remedy` is what to do about a text of more than `max_characters`.
    """
    check_type(text)
    check_length(text, max_characters, remedy)
    if not is_utf8(text):
        raise InvalidValue("The text is not valid UTF-8.", "Save it as UTF-8.")
    if text.isascii() and _PLAIN_WORDS.fullmatch(text):
        return
    cleaned = clean(text)
    if not cleaned:
        raise InvalidValue(
            "The text is empty or only white space and invisible characters.", "Send some words."
        )
    if len(cleaned) > max_characters:
        raise TextTooLong(
            f"The text has {len(cleaned):,} characters with its emoji and compatibility forms "
            f"written out; at most {max_characters:,} are taken.",
            remedy,
        )


def check_length(text: str, max_characters: int, remedy: str = "Shorten it.") -> None:
    """Raise `TextTooLong` if `text` has more than `max_characters`."""
    if len(text) > max_characters:
        raise TextTooLong(
            f"The text has {len(text):,} characters; at most {max_characters:,} are taken.",
            remedy,
        )


def check_type(text: Any) -> None:
    """Raise `InvalidValue` unless `text` is a string."""
    if not isinstance(text, str):
        remedy = "Save it as a string." if isinstance(text, bytes) else "Send it in quotes."
        raise InvalidValue(f"A text must be a string, not {type_name(text)}.", remedy)


def type_name(value: Any) -> str:
    """Return what a value is, in the words of JSON where it has any."""
    return _JSON_NAMES.get(type(value), f"of type {type(value).__name__}")


def is_utf8(text: str) -> bool:
    """Return whether UTF-8 can encode `text`.

    It cannot encode half a surrogate pair, which a JSON string may contain as an escape.
    """
    return not _HALF_A_PAIR.search(text)
