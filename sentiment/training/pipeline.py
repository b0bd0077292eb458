"""One training run, from settings to a tag in the model store, step by step.

The steps are: prepare the data and the classifier, train, write the card, export, store.
Each step has a module of its own; this file passes the results from one to the next.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sentiment import store
from sentiment.behaviour.judging import judge_logits, suite_logits
from sentiment.behaviour.suite import load_suite
from sentiment.calibration import probabilities
from sentiment.data.splits import hash_texts
from sentiment.errors import TrainingError
from sentiment.export.exporter import export
from sentiment.export.samples import take_samples
from sentiment.inference.cascade import Cascade, with_ngrams
from sentiment.inference.golden import GoldenSet
from sentiment.inference.predictor import Predictor, batched_logits
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import ModelCard, Truncation
from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel
from sentiment.training import hardware
from sentiment.training.cascade_fitting import LabelledTexts, fit_cascade
from sentiment.training.checkpoint import Checkpoints, TrainingState
from sentiment.training.few_labels.choice import MethodChoice, choose_method
from sentiment.training.few_labels.run import train_pooled
from sentiment.training.few_labels.trial import Trial
from sentiment.training.loop import Loop
from sentiment.training.machine import Machine, PrintLine, start_machine
from sentiment.training.memory_errors import memory_errors
from sentiment.training.messages import behaviour_line, calibration_line, cascade_line
from sentiment.training.preparation import Prepared, prepare
from sentiment.training.served_answers import risk_line, with_answers


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
    machine = start_machine(settings)
    machine.print_line(f"recipe: {recipe} ({why})")
    settings, prepared = prepare(settings, machine, teacher)
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


def _fit(
    settings: TrainingSettings,
    machine: Machine,
    prepared: Prepared,
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
        prepared.classifier,
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
    prepared: Prepared, teacher: StoredModel | None, card: ModelCard
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
    prepared: Prepared,
    choice: MethodChoice,
    state: TrainingState,
    machine: Machine,
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
    settings: TrainingSettings, prepared: Prepared, folder: Path, card: ModelCard
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
