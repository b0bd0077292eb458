"""Trains small models for the tests of training, each under a name of its own in the store."""

import contextlib
import itertools
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment.settings import TrainingSettings
from tests.support.models import MAX_LENGTH, make_encoder
from tests.support.reviews import write_reviews

_names = itertools.count()

Fit = Callable[..., Any]
AfterSteps = Callable[..., contextlib.AbstractContextManager[None]]


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT whose configuration asks for dropout."""
    return make_encoder(tmp_path_factory.mktemp("encoder"), "bert")


@pytest.fixture(scope="session")
def steady_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT without dropout, so that only arithmetic matters."""
    return make_encoder(tmp_path_factory.mktemp("steady"), "bert", dropout=0.0)


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews: 65 to train on, nine to test, 19 to validate."""
    return write_reviews(tmp_path_factory.mktemp("data") / "reviews.csv", rows=93)


@pytest.fixture(scope="session")
def settings(encoder: Path, reviews: Path) -> Callable[..., TrainingSettings]:
    """Settings of a run of two epochs of nine steps, under a name no other run has."""

    def make(**changes: Any) -> TrainingSettings:
        values: dict[str, Any] = {
            "data": str(reviews),
            "base_model": str(encoder),
            "name": f"tiny-{next(_names)}",
            "epochs": 2,
            "batch_size": 8,
            "learning_rate": 3e-3,
            "max_length": MAX_LENGTH,
            "precision": "fp32",
            "device": "cpu",
            "export": ("none",),
            "method": "fine-tuning",
        }
        return TrainingSettings.parse(values | changes)

    return make


@pytest.fixture(scope="session")
def fit() -> Fit:
    """Train as train.py does, in one thread, and return the stored model."""
    import torch
    from accelerate.state import AcceleratorState, GradientState

    from sentiment import store
    from sentiment.training.pipeline import train

    def call(settings: TrainingSettings, resume: bool = False) -> store.StoredModel:
        # One run a process is the rule; accelerate keeps the first one's state.
        AcceleratorState._reset_state(reset_partial_state=True)
        GradientState._reset_state()
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return store.find(train(settings, recipe="test", resume=resume))
        finally:
            torch.set_num_threads(threads)

    return call


@pytest.fixture(scope="session")
def after_steps() -> AfterSteps:
    """Do something right after the n-th optimizer step, through torch's own hook."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    @contextlib.contextmanager
    def hooked(
        number: int, action: Callable[[], Any] = lambda: signal.raise_signal(signal.SIGINT)
    ) -> Iterator[None]:
        steps = itertools.count(1)

        def hook(*_: Any) -> None:
            if next(steps) == number:
                action()

        handle = register_optimizer_step_post_hook(hook)
        try:
            yield
        finally:
            handle.remove()

    return hooked


@pytest.fixture(scope="session")
def stored_versions() -> Callable[[str], list[str]]:
    """List the tags under a model's name."""
    from sentiment import store

    return lambda name: [tag for tag in store.tags() if tag.startswith(f"{name}:")]
