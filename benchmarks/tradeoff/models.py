"""Which stored models are compared, and what each is called."""

import argparse
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks.tradeoff.result import Kind
from sentiment import cli, store
from sentiment.errors import ModelNotFound, UsageError
from sentiment.schema import ModelCard
from sentiment.store import StoredModel


class Named(NamedTuple):
    """A stored model and its name in the chart."""

    name: str
    model: StoredModel


def from_command_line(module: str, description: str) -> tuple[list[Named], float]:
    """Return the `chosen` models, and the seconds for each figure, that the command line names."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--models", nargs="+", default=[], metavar="TAG")
    parser.add_argument(
        "--seconds", type=cli.number(float, 0.01, 3600), default=10, help="time for each figure"
    )
    given = parser.parse_args()
    return chosen(given.models), given.seconds


def chosen(named: Sequence[str]) -> list[Named]:
    """Return the models that are named, each as `TAG` or `TAG=NAME`; none: the `newest`.

    Raises `ModelNotFound` for a tag that is not in the store, and `UsageError` when two
    would have one name.
    """
    if not named:
        return newest(store.find(tag) for tag in store.tags())
    models = []
    for each in named:
        tag, _, name = each.partition("=")
        model = store.find(tag)
        models.append(Named(name or default_name(model.card), model))
    for name, model in models:
        if sum(other.name == name for other in models) > 1:
            raise UsageError(
                f"Two of the models are called {name!r}.", f"Name one: {model.tag}=NAME"
            )
    return models


def newest(models: Iterable[StoredModel]) -> list[Named]:
    """Return the first model of each name of those trained on packaged reviews, newest first."""
    found: dict[str, StoredModel] = {}
    for model in models:
        if model.card.data.source == "packaged":
            found.setdefault(default_name(model.card), model)
    if not found:
        raise ModelNotFound(
            "The store has no model that was trained on the packaged reviews.",
            "Run: python train.py --recipe quick",
        )
    return [Named(name, model) for name, model in found.items()]


def default_name(card: ModelCard) -> str:
    """Return the name of a model's recipe, with what was done differently that decides its cost."""
    kept = kept_layers(card)
    layers = f", {kept} layers" if kept else ""
    return card.recipe + layers + ", distilled" * (kind_of(card) == "distilled")


def kept_layers(card: ModelCard) -> int:
    """Return how many of its base model's layers a model keeps, 0 if all."""
    return len(card.settings.get("keep_layers") or ())


def kind_of(card: ModelCard) -> Kind:
    """Return whether a model had a teacher."""
    return "distilled" if card.settings.get("teacher") else "recipe"
