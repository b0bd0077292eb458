"""The accelerate loop: steps, epochs, validation, checkpoints.

It takes encoded texts and a classifier, and leaves the best epoch's weights in the
checkpoint folder. Loading data, tokenising and storing are done in `pipeline`.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from sentiment.calibration import (
    FloatArray,
    IntArray,
    fit_temperature,
    measure_calibration,
    negative_log_likelihood,
    probabilities,
)
from sentiment.errors import TrainingError
from sentiment.inference.batching import by_length
from sentiment.inference.encoded_split import EncodedSplit
from sentiment.schema import EpochMetrics
from sentiment.settings import TrainingSettings
from sentiment.training.batches import LengthGroupedBatches
from sentiment.training.checkpoint import Checkpoints, TrainingState
from sentiment.training.classifier import PretrainedClassifier, parameter_groups
from sentiment.training.examples import Examples
from sentiment.training.interruption import Interrupted, StopSignals
from sentiment.training.loader import epoch_loader
from sentiment.training.messages import epoch_line

_VALIDATION_TOKENS = 8192  # most padded tokens in a batch of validation


class Loop:
    """One training run of one classifier."""

    def __init__(
        self,
        accelerator: Any,
        classifier: PretrainedClassifier,
        train: Examples,
        validation: EncodedSplit,
        settings: TrainingSettings,
        checkpoints: Checkpoints,
        quiet: bool = False,
    ) -> None:
        """`quiet` shows no progress."""
        import torch
        from transformers import DataCollatorWithPadding, get_linear_schedule_with_warmup

        self.accelerator = accelerator
        self.settings = settings
        self.checkpoints = checkpoints
        self._shows = accelerator.is_main_process and not quiet
        self.classifier = classifier
        self._train = train
        self._validation = validation
        self._collate = DataCollatorWithPadding(classifier.tokenizer)
        optimizer = torch.optim.AdamW(
            parameter_groups(classifier.model, settings.weight_decay),
            lr=settings.learning_rate,
            fused=True,
        )
        self._batches_per_epoch = len(self._batches(epoch=0))
        self.steps_per_epoch = -(-self._batches_per_epoch // settings.accumulation)
        self.total_steps = self.steps_per_epoch * settings.epochs
        self.schedule = get_linear_schedule_with_warmup(
            optimizer, round(self.total_steps * settings.warmup_ratio), self.total_steps
        )
        self.model, self.optimizer = accelerator.prepare(classifier.model, optimizer)
        accelerator.register_for_checkpointing(self.schedule)
        self.progress = TrainingState()
        self._signals = StopSignals(talks=accelerator.is_main_process)

    def resume(self) -> bool:
        """Restore the newest checkpoint, if there is one; return whether there was."""
        checkpoint = self.checkpoints.latest()
        if checkpoint is not None:
            self.progress = self.checkpoints.load(self.accelerator, checkpoint)
        return checkpoint is not None

    def fit(self) -> TrainingState:
        """Train the epochs that are left; return the finished progress.

        After a signal it writes a checkpoint and raises `Interrupted`, even if all epochs
        are done by then. Raises `TrainingError` on a loss that is not finite.
        """
        started = time.monotonic() - self.progress.elapsed_s
        with self._signals, self._bar() as bar:
            for epoch in range(self.progress.epoch, self.settings.epochs):
                if self._is_past_its_best():
                    if self.accelerator.is_main_process:
                        bar.write(f"ended early: epoch {self.progress.best_epoch} was the best")
                    break
                self._run_epoch(epoch, bar, started)
                self._finish_epoch(epoch, started)
                if self._shows:
                    bar.write(epoch_line(self.progress.history[-1], self.settings.epochs))
                self._maybe_stop(self._signals.requested())
        return self.progress

    def _is_past_its_best(self) -> bool:
        """Return whether the last epochs, as many as `patience`, brought nothing better."""
        patience = self.settings.patience
        return patience is not None and self.progress.epoch - self.progress.best_epoch >= patience

    def _run_epoch(self, epoch: int, bar: Any, started: float) -> None:
        self.model.train()
        skip = self.progress.batch
        batches = self._batches(epoch, skip)
        loader = epoch_loader(self.accelerator, batches, skip, self._train, self._features)
        tokens = 0
        since = time.monotonic()
        for batch in loader:
            share = batch.pop("share")
            with self.accelerator.accumulate(self.model):
                loss = self._loss(batch)
                apart = self._inconsistency()
                self.accelerator.backward(loss * share + self.settings.consistency * apart)
                if self.accelerator.sync_gradients:
                    self.accelerator.clip_grad_norm_(
                        self.model.parameters(), self.settings.max_grad_norm
                    )
                self.optimizer.step()
                self.optimizer.zero_grad()
            value = self._checked(loss)
            tokens += int(batch["attention_mask"].sum())
            self._advance(loss=value, started=started)
            if self.accelerator.sync_gradients:
                self.schedule.step()
                self._count_step(bar, value, tokens / (time.monotonic() - since))

    def _loss(self, batch: Any) -> Any:
        """Return the cross entropy of a batch with its targets, weighted by text."""
        import torch

        targets, weights = batch.pop("targets"), batch.pop("weights")
        logits = self.model(**batch).logits.float()
        losses = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
        return (losses * weights).mean()

    def _inconsistency(self) -> Any:
        """Return how far the logits of the next group lie apart, as a variance; 0 without groups.

        Only differences between logits matter, so their mean is taken from each text first.
        """
        import torch

        groups = self._train.groups
        if not groups:
            return torch.zeros((), device=self.accelerator.device)
        batches = self.progress.epoch * self._batches_per_epoch + self.progress.batch
        number = batches * self.accelerator.num_processes + self.accelerator.process_index
        features = self._collate([{"input_ids": ids} for ids in groups[number % len(groups)]])
        logits = self.model(**features.to(self.accelerator.device)).logits.float()
        centred = logits - logits.mean(dim=1, keepdim=True)
        return centred.var(dim=0, correction=0).sum()

    def _advance(self, loss: float, started: float) -> None:
        self.progress = self.progress.model_copy(
            update={
                "batch": self.progress.batch + 1,
                "loss_sum": self.progress.loss_sum + loss,
                "elapsed_s": time.monotonic() - started,
            }
        )

    def _count_step(self, bar: Any, loss: float, speed: float) -> None:
        step = self.progress.step + 1
        self.progress = self.progress.model_copy(update={"step": step})
        bar.set_postfix_str(f"loss {loss:.3f}, {speed:,.0f} tokens/s")
        bar.update()
        self.accelerator.log({"loss": loss, "tokens_per_s": speed}, step=step)
        stop = self._signals.requested()
        if stop or step % self.settings.checkpoint_every == 0:
            self.checkpoints.save(self.accelerator, self.progress)
        self._maybe_stop(stop)

    def _maybe_stop(self, number: int) -> None:
        """Raise `Interrupted` if `number` is a signal's; the checkpoint is already written."""
        if number:
            raise Interrupted(
                f"Interrupted at step {self.progress.step} of {self.total_steps}; a checkpoint is "
                f"in {self.checkpoints.folder}. Go on with the same command and --resume.",
                number,
            )

    def _finish_epoch(self, epoch: int, started: float) -> None:
        logits, labels = self.validate()
        if not np.isfinite(logits).all():
            raise self._not_finite("validation answers are not finite")
        rows = probabilities(logits)
        metrics = EpochMetrics(
            epoch=epoch + 1,
            train_loss=self._mean_loss(),
            validation_loss=negative_log_likelihood(logits, labels, 1.0),
            validation_accuracy=float((rows.argmax(axis=1) == labels).mean()),
        )
        self.accelerator.log(metrics.model_dump(), step=self.progress.step)
        history = (*self.progress.history, metrics)
        best = max(history, key=lambda past: (past.validation_accuracy, -past.validation_loss))
        update: dict[str, Any] = {"history": history, "best_epoch": best.epoch}
        if best is metrics:
            temperature = fit_temperature(logits, labels)
            update["calibration"] = measure_calibration(logits, labels, temperature)
            if self.accelerator.is_main_process:
                model = self.accelerator.unwrap_model(self.model)
                self.checkpoints.save_best(model, self.classifier.tokenizer, metrics.epoch)
        update |= {"epoch": epoch + 1, "batch": 0, "loss_sum": 0.0}
        update["elapsed_s"] = time.monotonic() - started
        self.progress = self.progress.model_copy(update=update)
        self.checkpoints.save(self.accelerator, self.progress)

    def _mean_loss(self) -> float:
        """Return the epoch's mean training loss over all processes."""
        from accelerate.utils import gather_object

        mean = self.progress.loss_sum / max(self.progress.batch, 1)
        return float(np.mean(gather_object([mean])))

    def validate(self) -> tuple[FloatArray, IntArray]:
        """Return logits (texts, labels) and labels (texts,), each text computed exactly once."""
        import torch
        from accelerate.utils import gather_object

        self.model.eval()
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        mine = list(range(rank, len(self._validation.ids), processes))
        lengths = [len(self._validation.ids[index]) for index in mine]
        rows: list[tuple[int, list[float]]] = []
        for chosen in by_length(lengths, _VALIDATION_TOKENS, 64):
            indices = [mine[index] for index in chosen]
            batch = self._features(indices, self._validation.ids).to(self.accelerator.device)
            with torch.inference_mode():
                logits = self.accelerator.unwrap_model(self.model)(**batch).logits.float()
            rows += zip(indices, logits.cpu().tolist(), strict=True)
        ordered = sorted(gather_object(rows))
        return np.asarray([row for _, row in ordered]), np.asarray(self._validation.labels)

    def _batches(self, epoch: int, skip: int = 0) -> LengthGroupedBatches:
        return LengthGroupedBatches(
            self._train.lengths,
            self.settings.batch_size,
            seed=self.settings.seed,
            epoch=epoch,
            rank=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
            skip=skip,
        )

    def _features(self, indices: Sequence[int], ids: Sequence[list[int]]) -> Any:
        return self._collate([{"input_ids": ids[index]} for index in indices])

    def _checked(self, loss: Any) -> float:
        value = float(loss.detach())
        if not np.isfinite(value):
            raise self._not_finite(f"loss is {value}")
        return value

    def _not_finite(self, what: str) -> TrainingError:
        return TrainingError(
            f"The {what} at step {self.progress.step + 1} of {self.total_steps}.",
            f"Lower --learning-rate (now {self.settings.learning_rate:g}) or "
            "--max-grad-norm, or use --precision fp32.",
        )

    def _bar(self) -> Any:
        from tqdm import tqdm

        return tqdm(
            total=self.total_steps,
            initial=self.progress.step,
            unit="step",
            desc="training",
            dynamic_ncols=True,
            disable=not self._shows,
        )
