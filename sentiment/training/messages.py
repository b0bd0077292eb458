"""What a training run prints; the work itself prints nothing."""

from typing import Any

from sentiment.calibration import ENOUGH_TEXTS
from sentiment.data import Corpus
from sentiment.schema import ModelCard
from sentiment.settings import TrainingSettings


def data_line(corpus: Corpus) -> str:
    """Return the line about the data: source, sizes, labels, what was dropped, fingerprint."""
    summary = corpus.summary
    sizes = ", ".join(f"{size:,} {name}" for name, size in summary.sizes.items())
    return (
        f"data: {summary.source} ({sizes}; labels {', '.join(corpus.labels)}; dropped "
        f"{summary.dropped_empty} empty, {summary.dropped_duplicates} also in a later split; "
        f"fingerprint {summary.fingerprint[:12]})"
    )


def base_model_line(settings: TrainingSettings, model: Any, machine: str) -> str:
    """Return the line about the base model: how much of it is trained, on which machine."""
    total = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return (
        f"base model: {settings.base_model} ({model.config.model_type}, "
        f"{total / 1e6:.1f} M parameters, {trained / 1e6:.1f} M trained) on {machine}"
    )


def calibration_line(card: ModelCard) -> str:
    """Return the line about the temperature and what it changes on the validation split."""
    fit, texts = card.calibration, card.data.sizes["validation"]
    line = (
        f"temperature {fit.temperature:.3f}: expected calibration error on validation "
        f"{fit.expected_calibration_error_before:.4f} before, "
        f"{fit.expected_calibration_error_after:.4f} after"
    )
    if texts < ENOUGH_TEXTS:
        line += (
            f"\n{texts} validation texts tell little of the temperature, so it is kept near 1; "
            f"{ENOUGH_TEXTS} or more would tell (--validation-file)"
        )
    return line
