"""Which recipe runs when none is named."""

import threading
from typing import Any

import pytest

from sentiment.training import recipe


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"data": "reviews.csv"}, "full"),
        ({"data": "hub"}, "full"),
        ({"data": "reviews.csv", "base_model": "packaged"}, "full"),
        ({"data": "packaged"}, "quick"),
        ({"base_model": "some/encoder"}, "quick"),
    ],
)
def test_data_or_base_model_that_is_named_decides_without_asking(
    given: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: Any) -> bool:
        raise AssertionError("nobody is to be asked")

    monkeypatch.setattr(recipe, "_within", ask)
    monkeypatch.setattr(recipe, "_cached", ask)
    assert recipe.choose_recipe(given)[0] == expected


def test_a_hub_that_hangs_is_given_up() -> None:
    answered = threading.Event()
    try:
        assert recipe._within(0.05, answered.wait) is False
    finally:
        answered.set()


def test_a_hub_that_fails_is_given_up() -> None:
    def refuse() -> bool:
        raise ConnectionError("no route to the hub")

    assert recipe._within(5.0, refuse) is False


def test_a_hub_that_answers_in_time_is_believed() -> None:
    assert recipe._within(5.0, lambda: True) is True
