"""One training run, from settings to a tag in the model store."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sentiment import store
from sentiment.allocator import keep_freed_memory
from sentiment.data import Corpus, load
from sentiment.errors import TrainingError, UsageError
from sentiment.export.exporter import export
from sentiment.export.samples import Encoded, encode, take_samples
from sentiment.inference.tokenizing import Tokenizer
from sentiment.inference.torch_engine import pick_device
from sentiment.schema import ModelCard, Truncation
from sentiment.settings import TrainingSettings
from sentiment.training import hardware
from sentiment.training.checkpoint import Checkpoints, TrainingState
from sentiment.training.encoder import Encoder, load_encoder
from sentiment.training.loop import Loop


def train(
    settings: TrainingSettings, recipe: str, resume: bool = False, why: str = "asked for"
) -> str:
    """Train, calibrate and store a model; return its tag.

    `why` is said beside the recipe's name, before anything else.
    Nothing reaches the store unless training finished. Raises `SentimentError`
    on bad data or settings and on a run that cannot go on.
    """
    started = time.monotonic()
    device = pick_device(settings.device)
    precision = hardware.resolve_precision(settings, device)
    accelerator = _accelerator(settings, device, precision)
    say = partial(print, flush=True) if accelerator.is_main_process else _say_nothing
    say(f"recipe: {recipe} ({why})")
    with accelerator.main_process_first():
        corpus = load(settings)
    say(_data_line(corpus))
    from accelerate.utils import set_seed

    set_seed(settings.seed)
    encoder = load_encoder(settings, corpus.labels)
    say(_encoder_line(settings, encoder, hardware.describe_hardware(device, _n(accelerator))))
    say(f"precision: {precision}; seed: {settings.seed}")
    encoded = _encode(corpus, encoder, settings)
    checkpoints = Checkpoints(settings, corpus.summary.fingerprint, _n(accelerator))
    with _memory_errors(settings):
        splits = encoded["train"], encoded["validation"]
        loop = Loop(accelerator, encoder, *splits, settings, checkpoints)
        _maybe_resume(loop, resume, say)
        progress = loop.fit()
    card = _card(settings, recipe, corpus, progress, precision, accelerator)
    tag = ""
    if accelerator.is_main_process:
        best = checkpoints.best_folder(progress.best_epoch)
        samples = take_samples(corpus, encoded, card)
        exports = export(best, settings.export, samples, say)
        card = card.model_copy(update={"exports": exports})
        tag = store.save(settings.name, best, card, corpus.seen_hashes())
        checkpoints.remove()
        say(_calibration_line(card))
        say(f"finished in {time.monotonic() - started:.0f} s")
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return tag


def _accelerator(settings: TrainingSettings, device: str, precision: str) -> Any:
    from accelerate import Accelerator
    from accelerate.utils import ProjectConfiguration

    keep_freed_memory()
    tracker = None if settings.track == "none" else settings.track
    if tracker:
        from importlib.util import find_spec

        if find_spec(tracker) is None:
            raise UsageError(f"--track {tracker} needs a package.", f"Run: pip install {tracker}")
    accelerator = Accelerator(
        cpu=device == "cpu",
        mixed_precision="no" if precision == "fp32" else precision,
        gradient_accumulation_steps=settings.accumulation,
        log_with=tracker,
        project_config=ProjectConfiguration(project_dir="runs" if tracker else None),
    )
    accelerator.init_trackers(settings.name)
    return accelerator


def _encode(corpus: Corpus, encoder: Encoder, settings: TrainingSettings) -> dict[str, Encoded]:
    """Tokenise train and validation exactly as the server will."""
    with tempfile.TemporaryDirectory() as folder:
        encoder.tokenizer.save_pretrained(folder)
        tokenizer = Tokenizer(Path(folder), settings.max_length, settings.truncation)
    return {name: encode(corpus, name, tokenizer) for name in ("train", "validation")}


def _maybe_resume(loop: Loop, resume: bool, say: Any) -> None:
    if resume:
        if loop.resume():
            say(f"resuming at step {loop.progress.step} of {loop.total_steps}")
        else:
            say(f"nothing to resume for these settings in {loop.settings.checkpoint_dir}")
    elif loop.checkpoints.latest() is not None:
        say(
            f"starting anew; an unfinished run with these settings lies in "
            f"{loop.checkpoints.folder} (--resume goes on from it)"
        )


@contextmanager
def _memory_errors(settings: TrainingSettings) -> Iterator[None]:
    """Turn any of torch's ways to be out of memory into one error with a remedy."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        words = str(error).lower()
        exhausted = "out of memory" in words or "allocate memory" in words
        if not isinstance(error, MemoryError) and not exhausted:
            raise
        raise TrainingError(
            f"Out of memory with --batch-size {settings.batch_size} and "
            f"--max-length {settings.max_length}.",
            "Halve --batch-size and double --accumulation, or lower --max-length.",
        ) from error


def _card(
    settings: TrainingSettings,
    recipe: str,
    corpus: Corpus,
    progress: TrainingState,
    precision: str,
    accelerator: Any,
) -> ModelCard:
    assert progress.calibration is not None, "a finished run has validated at least once"
    return ModelCard(
        recipe=recipe,
        base_model=settings.base_model,
        labels=corpus.labels,
        truncation=Truncation(max_length=settings.max_length, policy=settings.truncation),
        data=corpus.summary,
        settings=settings.trajectory(),
        epochs=list(progress.history),
        best_epoch=progress.best_epoch,
        calibration=progress.calibration,
        exports=[],
        precision=precision,
        hardware=hardware.describe_hardware(accelerator.device.type, _n(accelerator)),
        duration_s=round(progress.elapsed_s, 1),
        versions=hardware.versions(),
        git_commit=hardware.git_commit(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _data_line(corpus: Corpus) -> str:
    summary = corpus.summary
    sizes = ", ".join(f"{size:,} {name}" for name, size in summary.sizes.items())
    return (
        f"data: {summary.source} ({sizes}; labels {', '.join(corpus.labels)}; dropped "
        f"{summary.dropped_empty} empty, {summary.dropped_duplicates} also in a later split; "
        f"fingerprint {summary.fingerprint[:12]})"
    )


def _encoder_line(settings: TrainingSettings, encoder: Encoder, machine: str) -> str:
    total = sum(p.numel() for p in encoder.model.parameters())
    trained = sum(p.numel() for p in encoder.model.parameters() if p.requires_grad)
    return (
        f"base model: {settings.base_model} ({encoder.model.config.model_type}, "
        f"{total / 1e6:.1f} M parameters, {trained / 1e6:.1f} M trained) on {machine}"
    )


def _calibration_line(card: ModelCard) -> str:
    fit = card.calibration
    return (
        f"temperature {fit.temperature:.3f}: expected calibration error on validation "
        f"{fit.expected_calibration_error_before:.4f} before, "
        f"{fit.expected_calibration_error_after:.4f} after"
    )


def _n(accelerator: Any) -> int:
    return int(accelerator.num_processes)


def _say_nothing(*_: object) -> None:
    """Stand in for print on all processes but the first."""
