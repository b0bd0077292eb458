"""The one place where raw text is checked and cleaned, for training and serving alike.

Cleaning removes what a web page left behind (`<br />` tags, HTML entities,
runs of white space). It leaves case, punctuation and spelling to the tokenizer.
"""

import html
import re
from typing import Any

from sentiment.errors import InvalidValue, TextTooLong

# None of these tries a run of characters twice: callers choose what stands here.
_LINE_BREAK_TAG = re.compile(r"<\s*br\s*(?:/\s*)?>", re.IGNORECASE)
_ESCAPED_AMPERSAND = re.compile(r"&(?:amp;)+")
_ENDLESS_NUMBER = re.compile(r"&#[0-9]{100,};?")  # no character's; int() raises at 4,300 digits
_MARKUP = str.maketrans("&<", "  ")
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_MAX_PASSES = 8  # what a web page left takes three
_JSON_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def clean(text: str) -> str:
    """Return `text` without `<br>` tags and entities, white space folded to one space.

    Text that was escaped several times over is resolved to its end, so cleaning
    twice, as texts that pass through files are, changes nothing. The end of some
    texts, such as `&#&#&#53;3;3;`, is as many passes away as they are long: past
    the eighth, each `&` and `<` left is a space, and there is no more to resolve.
    """
    for _ in range(_MAX_PASSES):
        plain = _ESCAPED_AMPERSAND.sub("&", _LINE_BREAK_TAG.sub(" ", text))
        plain = html.unescape(_ENDLESS_NUMBER.sub("\ufffd", plain))
        if plain == text:
            break
        text = plain
    else:
        text = text.translate(_MARKUP)
    return " ".join(text.split())


def check_text(text: Any, max_characters: int, remedy: str = "Shorten it.") -> None:
    """Raise `InvalidValue` or `TextTooLong` unless `text` is one that can be predicted.

    `remedy` is what to do about a text of more than `max_characters`.
    """
    if not isinstance(text, str):
        name = _JSON_NAMES.get(type(text), type(text).__name__)
        raise InvalidValue(f"A text must be a string, not {name}.", "Send it in quotes.")
    if len(text) > max_characters:
        raise TextTooLong(
            f"The text has {len(text):,} characters; at most {max_characters:,} are taken.",
            remedy,
        )
    if not clean(text):
        raise InvalidValue("The text is empty or only white space.", "Send some words.")
    if not is_utf8(text):
        raise InvalidValue("The text is not valid UTF-8.", "Save it as UTF-8.")


def is_utf8(text: str) -> bool:
    """Return whether UTF-8 can hold `text`: not half a surrogate pair, which JSON can escape."""
    return not _HALF_A_PAIR.search(text)
