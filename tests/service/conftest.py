"""What the tests over HTTP share."""

from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def document(url: str) -> Any:
    """The OpenAPI document that the module's server publishes."""
    return httpx.get(f"{url}/openapi.json").json()
