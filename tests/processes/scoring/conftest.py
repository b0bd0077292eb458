"""A stored model that OpenVINO computes."""

import pytest

from tests.support.models import store_classifier


@pytest.fixture(scope="session")
def tag() -> str:
    return store_classifier(name="scoring", openvino=True)
