"""The one place where raw text is checked and cleaned, for training and serving alike.

Cleaning removes what a web page left behind (`<br />` tags, HTML entities,
runs of white space). It leaves case, punctuation and spelling to the tokenizer.
"""

import html
import re
from typing import Any

from sentiment.errors import InvalidValue, TextTooLong

_LINE_BREAK_TAG = re.compile(r"<\s*br\s*/?\s*>", re.IGNORECASE)
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
    twice, as texts that pass through files are, changes nothing.
    """
    while (plain := html.unescape(_LINE_BREAK_TAG.sub(" ", text))) != text:
        text = plain
    return " ".join(text.split())


def check(text: Any, max_characters: int, remedy: str = "Shorten it.") -> None:
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
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue("The text is not valid UTF-8.", "Save it as UTF-8.") from None
