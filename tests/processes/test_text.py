"""Cleaning takes no longer than the length of a text, in a process that can be stopped."""

import pytest

from tests.support.processes import python


@pytest.mark.parametrize(
    "raw",
    [
        *("'<br' + ' ' * 500_000", "'<' + ' ' * 500_000", "'<   ' * 200_000", "'<br /' * 200_000"),
        *("'a' + chr(0x301) * 200_000 + chr(0x316) * 200_000", "('\\u0301\\u0316') * 200_000"),
        *("chr(0xFDFA) * 100_000", "'👍' * 100_000", "'&' * 100_000 + chr(0x338) * 100_000"),
    ],
)
def test_cleaning_takes_no_longer_than_the_length(raw: str) -> None:
    """A step for each pair of its white spaces would take minutes; a process can be stopped."""
    script = f"from sentiment.text import clean; clean({raw})"
    ended = python("-c", script, timeout=20)
    assert ended.returncode == 0, ended.stderr
