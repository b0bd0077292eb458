"""A small random classifier of each family, made once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.models import make_classifier


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function from a family to the folder of its classifier."""
    made: dict[str, Path] = {}

    def of(family: str) -> Path:
        if family not in made:
            made[family] = make_classifier(tmp_path_factory.mktemp(family), family)
        return made[family]

    return of
