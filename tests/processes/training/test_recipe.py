"""Which recipe runs in a process that finds neither hub nor cache."""

from pathlib import Path

from tests.support.processes import python


def test_without_hub_and_cache_it_is_the_quick_recipe_and_the_reason_is_told(
    tmp_path: Path,
) -> None:
    """In a process of its own: the hub's client reads these names once, on import."""
    code = "from sentiment.training.recipe import choose_recipe; print(*choose_recipe({}), sep='|')"
    hub = {"HF_HOME": str(tmp_path), "HF_HUB_CACHE": str(tmp_path / "hub")}
    answer = python("-c", code, HF_HUB_OFFLINE="1", **hub)
    name, _, reason = answer.stdout.strip().partition("|")
    assert name == "quick", answer.stderr
    assert "distilbert-base-uncased" in reason
    assert "stanfordnlp/imdb" in reason
