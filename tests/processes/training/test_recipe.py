"""Which recipe runs in a process that finds neither hub nor cache."""

from pathlib import Path

import pytest

from tests.support.processes import python

CODE = """
from sentiment.training import base_models
from sentiment.training.recipe import choose_recipe

base_models.MPNET_PACKAGES = ("no-such-package",)
print(*choose_recipe({}), sep="|")
"""


@pytest.mark.parametrize(("here", "recipe"), [(False, "quick"), (True, "large")])
def test_without_hub_it_is_the_best_recipe_whose_encoder_is_here_and_the_reason_is_told(
    tmp_path: Path, here: bool, recipe: str
) -> None:
    """In a process of its own: the hub's client reads these names once, on import."""
    if here:
        (tmp_path / "sentiment" / "all-mpnet-base-v2-78c0197b6159").mkdir(parents=True)
    hub = {"HF_HOME": str(tmp_path), "HF_HUB_CACHE": str(tmp_path / "hub")}
    answer = python("-c", CODE, HF_HUB_OFFLINE="1", XDG_CACHE_HOME=str(tmp_path), **hub)
    name, _, reason = answer.stdout.strip().partition("|")
    assert name == recipe, answer.stderr
    assert "distilbert-base-uncased" in reason
    assert "stanfordnlp/imdb" in reason
