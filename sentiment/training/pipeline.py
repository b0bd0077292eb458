"""One training run, from settings to a tag in the model store, step by step.

The steps are: prepare the data and the classifier, train, write the card, export, store.
Each step has a module of its own; this file passes the results from one to the next.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sentiment import store
from sentiment.allocator import keep_freed_memory
from sentiment.behaviour.judging import judge_logits, suite_logits
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import probabilities
from sentiment.data import Corpus, load
from sentiment.data.splits import hash_texts
from sentiment.errors import TrainingError, UsageError
from sentiment.export.exporter import export
from sentiment.export.samples import take_samples
from sentiment.inference.cascade import Cascade, with_ngrams
from sentiment.inference.encoded_split import EncodedSplit, encode_split
from sentiment.inference.golden import GoldenSet
from sentiment.inference.predictor import Predictor, batched_logits
from sentiment.inference.tokenizing import Tokenizer
from sentiment.inference.torch_engine import pick_device
from sentiment.schema import ModelCard, Truncation
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training import hardware
from sentiment.training.cascade_fitting import LabelledTexts, fit_cascade
from sentiment.training.checkpoint import Checkpoints, TrainingState
from sentiment.training.classifier import PretrainedClassifier, load_classifier, open_base_model
from sentiment.training.examples import Examples, make_examples
from sentiment.training.few_labels.choice import MethodChoice, choose_method
from sentiment.training.few_labels.run import train_pooled
from sentiment.training.few_labels.trial import Trial
from sentiment.training.few_rows import suit_few_rows
from sentiment.training.loop import Loop
from sentiment.training.memory_errors import memory_errors
from sentiment.training.messages import (
    base_model_line,
    behaviour_line,
    calibration_line,
    cascade_line,
    data_lines,
    vocabulary_lines,
)
from sentiment.training.served_answers import risk_line, with_answers

PrintLine = Callable[[str], object]


@dataclass(frozen=True)
class _Machine:
    """What a run trains on, and how its first process prints."""

    accelerator: Any
    precision: str
    description: str
    print_line: PrintLine

    @property
    def processes(self) -> int:
        return int(self.accelerator.num_processes)


@dataclass(frozen=True)
class _Prepared:
    """The classifier, and the data that it is trained and validated on."""

    corpus: Corpus
    classifier: PretrainedClassifier
    train: EncodedSplit
    validation: EncodedSplit
    training_tokenizer: Tokenizer
    """Cuts texts to what training reads of them."""
    examples: Examples
    """The training split, and what is learnt beside it."""


def train(
    settings: TrainingSettings, recipe: str, resume: bool = False, why: str = "asked for"
) -> str:
    """Train, calibrate and store a model; return its tag, empty on all processes but the first.

    `why` is the reason for the recipe, printed beside its name before anything else.
    Nothing is stored unless training finished. Raises `SentimentError` on bad data or
    settings, and if training fails.
    """
    started = time.monotonic()
    store.require_writable()
    teacher = None if settings.teacher is None else store.find(settings.teacher)
    if teacher is not None:
        settings = settings.model_copy(update={"teacher": teacher.tag})
    machine = _start(settings)
    machine.print_line(f"recipe: {recipe} ({why})")
    settings, prepared = _prepare(settings, machine, teacher)
    fingerprint = prepared.corpus.summary.fingerprint
    checkpoints = Checkpoints(settings, fingerprint, machine.processes)
    with memory_errors(settings):
        choice, state = _fit(settings, machine, prepared, checkpoints, resume)
    tag = ""
    if machine.accelerator.is_main_process:
        best = checkpoints.best_folder(state.best_epoch)
        card = _card(settings, recipe, prepared, choice, state, machine)
        samples = take_samples(prepared.train, prepared.validation, card)
        exports = export(best, settings.export, samples, machine.print_line)
        card = card.model_copy(update={"exports": exports})
        card = _with_cascade(settings, prepared, best, card)
        machine.print_line(cascade_line(card.cascade))
        if card.risk_coverage is not None:
            machine.print_line(risk_line(card.risk_coverage))
        if card.behaviour is not None:
            machine.print_line(behaviour_line(card.behaviour))
        tag = store.save(settings.name, best, card, _seen_hashes(prepared, teacher, card))
        checkpoints.remove()
        machine.print_line(calibration_line(card))
        machine.print_line(f"finished in {time.monotonic() - started:.0f} s")
    machine.accelerator.wait_for_everyone()
    machine.accelerator.end_training()
    return tag


def _start(settings: TrainingSettings) -> _Machine:
    """Start accelerate in this process, with the device and precision that it will use."""
    from accelerate import Accelerator
    from accelerate.utils import ProjectConfiguration

    device = pick_device(settings.device)
    precision = hardware.resolve_precision(settings, device)
    keep_freed_memory()
    tracker = None if settings.track == "none" else settings.track
    if tracker:
        _require(tracker)
    accelerator = Accelerator(
        cpu=device == "cpu",
        mixed_precision="no" if precision == "fp32" else precision,
        gradient_accumulation_steps=settings.accumulation,
        log_with=tracker,
        project_config=ProjectConfiguration(project_dir="runs" if tracker else None),
    )
    accelerator.init_trackers(settings.name)
    description = hardware.describe_hardware(device, int(accelerator.num_processes))
    print_line = partial(print, flush=True) if accelerator.is_main_process else _discard
    return _Machine(accelerator, precision, description, print_line)


def _require(tracker: str) -> None:
    from importlib.util import find_spec

    if find_spec(tracker) is None:
        raise UsageError(f"--track {tracker} needs a package.", f"Run: pip install {tracker}")


def _prepare(
    settings: TrainingSettings, machine: _Machine, teacher: StoredModel | None
) -> tuple[TrainingSettings, _Prepared]:
    """Load the data and the classifier, and tokenise with the tokenizer that the server uses.

    The settings are returned as they suit the number of rows.
    """
    from accelerate.utils import set_seed

    with machine.accelerator.main_process_first():
        base = open_base_model(settings)
        corpus = load(settings)
    for line in data_lines(corpus):
        machine.print_line(line)
    settings, chosen = suit_few_rows(settings, corpus.summary.sizes)
    if chosen:
        machine.print_line(chosen)
    set_seed(settings.seed)
    classifier = load_classifier(settings, corpus.labels, base)
    machine.print_line(base_model_line(settings, classifier, machine.description))
    machine.print_line(f"precision: {machine.precision}; seed: {settings.seed}")
    with tempfile.TemporaryDirectory() as folder:
        classifier.tokenizer.save_pretrained(folder)
        tokenizer = Tokenizer(Path(folder), settings.max_length, settings.truncation)
        shorter = min(settings.train_length or settings.max_length, settings.max_length)
        training_tokenizer = Tokenizer(Path(folder), shorter, settings.truncation)
    training_split = encode_split(corpus, "train", tokenizer)
    validation_split = encode_split(corpus, "validation", tokenizer)
    for line in vocabulary_lines(training_split, validation_split, classifier.languages):
        machine.print_line(line)
    examples = make_examples(settings, corpus, training_split, training_tokenizer, teacher)
    prepared = _Prepared(
        corpus, classifier, training_split, validation_split, training_tokenizer, examples
    )
    return settings, prepared


def _fit(
    settings: TrainingSettings,
    machine: _Machine,
    prepared: _Prepared,
    checkpoints: Checkpoints,
    resume: bool,
) -> tuple[MethodChoice, TrainingState]:
    """Train by the method of the settings, or by the best one if they leave it open.

    Fine-tuning trains all epochs, or with `resume` those left after the newest checkpoint.
    """
    trial = Trial(
        machine.accelerator,
        settings,
        prepared.corpus,
        prepared.train,
        prepared.training_tokenizer,
    )
    choice = choose_method(trial, machine.processes, checkpoints.folder, resume, machine.print_line)
    if choice.method != "fine-tuning":
        tokenizer = prepared.classifier.tokenizer
        return choice, train_pooled(
            trial, choice.method, prepared.validation, tokenizer, checkpoints
        )
    loop = Loop(
        machine.accelerator,
        prepared.classifier,
        prepared.examples,
        prepared.validation,
        settings,
        checkpoints,
    )
    _maybe_resume(loop, resume, machine.print_line)
    return choice, loop.fit()


def _maybe_resume(loop: Loop, resume: bool, print_line: PrintLine) -> None:
    if resume:
        if loop.resume():
            print_line(f"resuming at step {loop.progress.step} of {loop.total_steps}")
        else:
            print_line(f"nothing to resume for these settings in {loop.settings.checkpoint_dir}")
    elif loop.checkpoints.latest() is not None:
        print_line(
            f"starting anew; an unfinished run with these settings lies in "
            f"{loop.checkpoints.folder} (--resume goes on from it)"
        )


def _seen_hashes(
    prepared: _Prepared, teacher: StoredModel | None, card: ModelCard
) -> npt.NDArray[np.uint64]:
    """Return the hashes of all texts that the model is made of, now or in the teacher's time.

    Rows that `--train-size` leaves out are among them only if there are n-grams.
    """
    own = prepared.corpus.seen_hashes(all_train=card.cascade is not None)
    seen = np.union1d(own, hash_texts(prepared.examples.unlabelled))
    return seen if teacher is None else np.union1d(seen, teacher.seen_hashes())


def _card(
    settings: TrainingSettings,
    recipe: str,
    prepared: _Prepared,
    choice: MethodChoice,
    state: TrainingState,
    machine: _Machine,
) -> ModelCard:
    """Return the card of the trained model, without exports, which are added later."""
    if state.calibration is None:
        raise TrainingError("The run ended without a validation.", "Start it anew.")
    return ModelCard(
        recipe=recipe,
        base_model=settings.base_model,
        languages=prepared.classifier.languages,
        labels=prepared.corpus.labels,
        truncation=Truncation(max_length=settings.max_length, policy=settings.truncation),
        data=prepared.corpus.summary,
        settings=settings.trajectory(),
        epochs=list(state.history),
        best_epoch=state.best_epoch,
        calibration=state.calibration,
        method=choice.method,
        comparison=choice.comparison,
        exports=[],
        precision=machine.precision,
        hardware=machine.description,
        duration_s=round(choice.seconds + state.elapsed_s, 1),
        versions=hardware.versions(),
        git_commit=hardware.git_commit(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _with_cascade(
    settings: TrainingSettings, prepared: _Prepared, folder: Path, card: ModelCard
) -> ModelCard:
    """Return the card with n-grams, if they help the encoder in `folder`, and how it answers."""
    encoder = Predictor.load(store.StoredModel(settings.name, folder, card))
    answers, validation = suite_logits(encoder), prepared.validation
    logits = batched_logits(encoder.engine, validation.ids, len(card.labels))
    all_train = prepared.corpus.all_train
    if settings.ngrams == "auto" and all_train is not None:
        rows = all_train[:]
        cascade = fit_cascade(
            folder,
            LabelledTexts(rows["text"], rows["label"]),
            LabelledTexts(validation.texts, validation.labels),
            encoder,
            logits,
            answers,
            settings,
        )
        card = card.model_copy(update={"cascade": cascade})
    tokenizer = encoder.tokenizer
    if (ngrams := Cascade.load(store.StoredModel(settings.name, folder, card))) is not None:
        tokenizer = Tokenizer(folder, settings.max_length, settings.truncation, ngrams)
        _extend_golden_set(folder, ngrams, tokenizer, card)
        if answers is not None:
            answers = with_ngrams(tokenizer.encode_batch(load_suite().texts), answers)
    card = with_answers(card, tokenizer, prepared.train, validation, logits)
    if answers is None:
        return card
    return card.model_copy(update={"behaviour": judge_logits(answers, card)})


def _extend_golden_set(
    folder: Path, ngrams: Cascade, tokenizer: Tokenizer, card: ModelCard
) -> None:
    """Add what the n-grams say of the golden texts, if exporting has left any."""
    golden = GoldenSet.read(folder)
    if golden is None:
        return
    logits = np.stack([ngrams(ids).logits for ids in tokenizer.text_ids(golden.texts)])
    rows = probabilities(logits, card.calibration.temperature)
    replace(golden, ngrams=rows).write(folder)


def _discard(_: str) -> None:
    """Stand in for print on all processes but the first."""
