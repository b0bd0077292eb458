"""Loads the model to serve: in the best precision first, in others if its answers are wrong.

What computes right is not known before it is tried: a setting of a library, such as
ONEDNN_MAX_CPU_ISA, may hide instructions that the CPU has, and a new version may round in
another way. `warm_up` checks the answers and asks for the next.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment.errors import ModelDamaged
from sentiment.inference.backends import BackendChoice, choices
from sentiment.inference.cascade import Cascade
from sentiment.inference.engine import Engine
from sentiment.inference.golden import GoldenSet
from sentiment.inference.predictor import Predictor
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard
from sentiment.settings import EngineSettings
from sentiment.store import StoredModel

log = logging.getLogger("sentiment.serving")


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory, as a loader returns it."""

    tag: str
    card: ModelCard
    tokenizer: Tokenizer
    engine: Engine
    golden: GoldenSet | None = None
    passed_over: tuple[str, ...] = ()
    """What was tried before and why it does not serve, in sentences."""
    cascade: Cascade | None = None
    """What the tokenizer asks, if that asks n-grams."""
    next_choice: Callable[[str], "LoadedModel"] | None = None
    """Loads what to try next, given why this one does not serve; None if nothing is left."""


def load(model: StoredModel, settings: EngineSettings) -> LoadedModel:
    """Load a stored model with the first of the backends and precisions that can be opened.

    Raises what the last of them raises.
    """
    return _first_of(choices(model.folder, settings), model, settings, ())


def _first_of(
    left: Sequence[BackendChoice],
    model: StoredModel,
    settings: EngineSettings,
    passed_over: tuple[str, ...],
) -> LoadedModel:
    choice, *others = left
    name = f"{choice.backend} in {choice.precision}"
    if choice.float_precision != "auto":
        name += f" and {choice.float_precision}"

    def try_next(reason: str) -> LoadedModel:
        log.warning("%s is passed over: %s", name, reason)
        return _first_of(others, model, settings, (*passed_over, f"{name}: {reason}"))

    try:
        predictor = Predictor.load(model, settings, choice)
    except ModelDamaged:
        raise  # what lies beside a damaged file is not to be trusted either
    except Exception as error:
        if not others:
            raise
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
    else:
        return LoadedModel(
            model.tag,
            model.card,
            predictor.tokenizer,
            predictor.engine,
            GoldenSet.read(model.folder),
            passed_over,
            predictor.cascade,
            try_next if others else None,
        )
    return try_next(reason)
