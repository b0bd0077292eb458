"""Choosing a builder and checking versions, with stand-ins for the builders' programs."""

from importlib.metadata import version

import pytest

from deploy.image.build import check_version
from sentiment.errors import UsageError


def test_another_bentoml_than_the_locks_is_refused() -> None:
    check_version(f"attrs==1\nbentoml=={version('bentoml')} \\\n    --hash=sha256:0")
    with pytest.raises(UsageError, match=r"another version.*make lock"):
        check_version(f"bentoml=={version('bentoml')}.1 \\\n")
