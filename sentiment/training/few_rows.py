"""How long and in which batches to train on few rows, where nothing else is asked for."""

from collections.abc import Mapping

from sentiment.data.held_out import FEW_ROWS
from sentiment.settings import TrainingSettings

# A handful of steps leaves a new head untrained: small data need more epochs, and smaller batches
# for more steps each (Mosbach et al. 2021, "On the Stability of Fine-tuning BERT"; Zhang et al.
# 2021, "Revisiting Few-sample BERT Fine-tuning").
_STEPS = 300
_MOST_EPOCHS = 20
_LEAST_EPOCHS = 3
_BATCHES = 16  # an epoch has at least so many, down to batches of four
_SMALLEST_BATCH, _LARGEST_BATCH = 4, 16
_PATIENCE = 3


def suit_few_rows(
    settings: TrainingSettings, sizes: Mapping[str, int]
) -> tuple[TrainingSettings, str]:
    """Return the settings with what the number of rows decides, and a line that says so.

    `sizes` are the rows of each split. Settings that were given stay as they are; with
    `FEW_ROWS` or more to train on all do, and the line is empty.
    """
    rows, validation = sizes["train"], sizes["validation"]
    if rows >= FEW_ROWS:
        return settings, ""
    batch = min(max(rows // _BATCHES, _SMALLEST_BATCH), _LARGEST_BATCH)
    if "batch_size" in settings.model_fields_set:
        batch = settings.batch_size
    steps = -(-rows // (batch * settings.accumulation))
    suitable = {
        "batch_size": batch,
        "epochs": min(max(-(-_STEPS // steps), _LEAST_EPOCHS), _MOST_EPOCHS),
        "patience": _PATIENCE,
    }
    chosen = {
        name: value for name, value in suitable.items() if name not in settings.model_fields_set
    }
    if not chosen:
        return settings, ""
    settings = settings.model_copy(update=chosen)
    ended = f", ended after {settings.patience} without a better validation"
    return settings, (
        f"few rows ({rows:,} to train on, {validation:,} to validate on): up to {settings.epochs} "
        f"epochs in batches of {settings.batch_size}{ended if settings.patience else ''}"
    )
