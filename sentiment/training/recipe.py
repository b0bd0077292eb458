"""Which recipe runs when none is named: the reference if the hub has it, else the best here."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sentiment.data.hub import NAME as DATASET
from sentiment.settings import RECIPES, RecipeName
from sentiment.training.base_models import is_mpnet_here

_PATIENCE_S = 4.0


def choose_recipe(given: Mapping[str, Any]) -> tuple[RecipeName, str]:
    """Return a recipe and the reason for it; wait at most a few seconds for the hub.

    If the flags in `given` already name the data or the base model, the hub is not asked.
    """
    if given.get("data", "packaged") != "packaged":
        return "full", "--data names the data"
    if "data" in given or "base_model" in given:
        return "quick", "the data or base model is named"
    model = str(RECIPES["distilbert"]["base_model"])
    if _cached(model, "model.safetensors", "model") and _cached(DATASET, "README.md", "dataset"):
        return "distilbert", f"{model} and {DATASET} are in the hub's cache"
    if _within(_PATIENCE_S, lambda: _answers(model)):
        return "distilbert", f"the hub has {model} and {DATASET}"
    missing = f"no hub answers and its cache lacks {model} or {DATASET}"
    if is_mpnet_here():
        return "large", f"{missing}; the packages of mpnet are installed"
    return "quick", missing


def _cached(name: str, file: str, kind: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(name, file, repo_type=kind), str)


def _answers(model: str) -> bool:
    from huggingface_hub import HfApi

    api = HfApi()
    api.model_info(model, timeout=_PATIENCE_S)
    api.dataset_info(DATASET, timeout=_PATIENCE_S)
    return True


def _within(seconds: float, ask: Callable[[], bool]) -> bool:
    """Return the result of `ask`, or False if it fails or takes longer."""
    answers: list[bool] = []

    def attempt() -> None:
        try:
            answers.append(ask())
        except Exception:  # whatever the client raises, the hub cannot be used now
            return

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answers and answers[0])
