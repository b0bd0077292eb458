"""Helpers for tests of training: flags of a run, its weights, and whether two runs are equal."""

from pathlib import Path
from typing import Any

from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel


def as_flags(settings: TrainingSettings) -> list[str]:
    """Return the settings that were given explicitly, as flags of train.py."""
    flags: list[str] = []
    for name, value in settings.model_dump(mode="json", exclude_unset=True).items():
        values = value if isinstance(value, list) else [value]
        flags += [f"--{name.replace('_', '-')}", *map(str, values)]
    return flags


def read_weights(folder: Path) -> dict[str, Any]:
    """Read the tensors of a folder that `save_pretrained` wrote."""
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def assert_same(resumed: StoredModel, whole: StoredModel) -> None:
    """Assert that two runs ended with the same metrics and bit-equal weights."""
    import torch

    assert resumed.card.epochs == whole.card.epochs
    assert resumed.card.best_epoch == whole.card.best_epoch
    assert resumed.card.calibration == whole.card.calibration
    ours, theirs = read_weights(resumed.folder), read_weights(whole.folder)
    different = [name for name, tensor in theirs.items() if not torch.equal(ours[name], tensor)]
    assert different == []
