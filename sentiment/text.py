"""The one place where raw text is cleaned, for training and serving alike.

Cleaning removes what a web page left behind (`<br />` tags, HTML entities,
runs of white space). It leaves case, punctuation and spelling to the tokenizer.
"""

import html
import re

_LINE_BREAK_TAG = re.compile(r"<\s*br\s*/?\s*>", re.IGNORECASE)


def clean(text: str) -> str:
    """Return `text` without `<br>` tags and entities, white space folded to one space.

    Entities are resolved once and after the tags, so that an escaped
    `&lt;br&gt;`, which its author meant to be read, stays text. Idempotent on
    text that holds neither.
    """
    without_tags = _LINE_BREAK_TAG.sub(" ", text)
    return " ".join(html.unescape(without_tags).split())
