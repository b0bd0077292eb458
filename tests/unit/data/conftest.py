"""The packaged reviews, read once."""

import pytest

from sentiment import data
from sentiment.settings import DataSettings


@pytest.fixture(scope="session")
def reviews() -> data.Corpus:
    """All 25,000 packaged reviews."""
    return data.load(DataSettings())
