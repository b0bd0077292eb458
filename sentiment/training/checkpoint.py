"""Checkpoints of an unfinished run: written whole, found again by its settings.

The folder of a run is named by a hash of what decides its outcome: settings, data and
number of processes. So `--resume` finds the right run, and two runs never mix. accelerate
saves the model, optimizer, schedule and random states; `progress.json` says how far the
run got.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from sentiment.schema import Calibration, EpochMetrics, Schema
from sentiment.settings import TrainingSettings

_PROGRESS = "progress.json"


class TrainingState(Schema):
    """How far a run got: everything in a checkpoint that accelerate does not save."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    elapsed_s: float = 0.0
    history: tuple[EpochMetrics, ...] = ()
    best_epoch: int = 0
    calibration: Calibration | None = None


class Checkpoints:
    """The checkpoints of one run."""

    def __init__(self, settings: TrainingSettings, fingerprint: str, processes: int) -> None:
        identity = json.dumps([settings.trajectory(), fingerprint, processes], sort_keys=True)
        self.folder = settings.checkpoint_dir / hashlib.sha256(identity.encode()).hexdigest()[:12]

    def latest(self) -> Path | None:
        """Return the newest complete checkpoint, or None."""
        complete = sorted(self.folder.glob(f"step-*[0-9]/{_PROGRESS}"))
        return complete[-1].parent if complete else None

    def save(self, accelerator: Any, progress: TrainingState) -> None:
        """Write a checkpoint and delete older ones; all processes must call this.

        It gets its name only once it is complete, so an interrupted save is never loaded.
        """
        target = self.folder / f"step-{progress.step:08d}-epoch-{progress.epoch:04d}"
        partial = target.with_suffix(".partial")
        accelerator.save_state(str(partial))
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            (partial / _PROGRESS).write_text(progress.model_dump_json(), encoding="utf-8")
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
            for old in self.folder.glob("step-*"):
                if old != target:
                    shutil.rmtree(old)
        accelerator.wait_for_everyone()

    def load(self, accelerator: Any, checkpoint: Path) -> TrainingState:
        """Restore a checkpoint into the objects that accelerate prepared; return its progress."""
        accelerator.load_state(str(checkpoint))
        return TrainingState.model_validate_json(
            (checkpoint / _PROGRESS).read_text(encoding="utf-8")
        )

    def best_folder(self, epoch: int) -> Path:
        """Return the folder for the weights of an epoch that was the best so far."""
        return self.folder / f"best-epoch-{epoch:04d}"

    def save_best(self, model: Any, tokenizer: Any, epoch: int) -> None:
        """Write weights and tokenizer for `from_pretrained`; only the main process calls this."""
        target = self.best_folder(epoch)
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)

    def remove(self) -> None:
        """Delete the run's checkpoints, which the stored model makes needless."""
        shutil.rmtree(self.folder, ignore_errors=True)
