"""Helpers for Markdown: a table, and a page of which parts are generated."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def replaced(page: str, name: str, content: str) -> str:
    """Return the page with `content` in place of what is between the marks of `name`."""
    marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(marks, lambda match: f"{match[1]}{content}\n{match[2]}", page, flags=re.DOTALL)
