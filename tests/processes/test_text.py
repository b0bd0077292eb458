"""Cleaning takes no longer than the length of a text, in a process that can be stopped."""

import pytest

from tests.support.processes import python


@pytest.mark.parametrize(
    "raw", ["'<br' + ' ' * 500_000", "'<' + ' ' * 500_000", "'<   ' * 200_000", "'<br /' * 200_000"]
)
def test_a_tag_without_an_end_takes_no_longer_than_its_length(raw: str) -> None:
    """A step for each pair of its white spaces would take minutes; a process can be stopped."""
    script = f"from sentiment.text import clean; clean({raw})"
    ended = python("-c", script, timeout=20)
    assert ended.returncode == 0, ended.stderr
