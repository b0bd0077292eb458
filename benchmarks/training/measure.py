"""Measures an epoch of each training loop, each in a process of its own."""

import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.training.result import Result, Run
from sentiment.allocator import keep_freed_memory
from sentiment.data import load
from sentiment.inference.batching import by_length
from sentiment.inference.encoded_split import EncodedSplit, encode_split
from sentiment.inference.engine import pad
from sentiment.inference.tokenizing import Tokenizer
from sentiment.settings import RECIPES, TrainingSettings
from sentiment.training.checkpoint import Checkpoints
from sentiment.training.classifier import (
    PretrainedClassifier,
    load_classifier,
    parameter_groups,
)
from sentiment.training.examples import labelled_examples
from sentiment.training.loop import Loop

LOOPS = ("Sentiment", "Trainer", "Trainer, grouped by length")
_VALIDATED_ON_THE_WAY = 16


def measure(texts: int) -> Result:
    """Measure an epoch of the quick recipe by each loop, on `texts` reviews, the CPU and fp32."""
    values = {"train_size": texts, "device": "cpu", "precision": "fp32"}
    settings = TrainingSettings.parse(RECIPES["quick"] | values)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as processes:
        runs = list(processes.map(epoch, LOOPS, [settings] * len(LOOPS)))
    return {**machine(), "settings": settings.trajectory(), "runs": runs}


def epoch(name: str, settings: TrainingSettings) -> Run:
    """Return a loop's tokens per second, padding and accuracy after one epoch."""
    from accelerate.utils import set_seed

    with tempfile.TemporaryDirectory() as folder:
        settings = settings.model_copy(update={"checkpoint_dir": Path(folder)})
        corpus = load(settings)
        set_seed(settings.seed)
        encoder = load_classifier(settings, corpus.labels)
        encoder.tokenizer.save_pretrained(folder)
        tokenizer = Tokenizer(Path(folder), settings.max_length, settings.truncation)
        train, validation = (
            encode_split(corpus, split, tokenizer) for split in ("train", "validation")
        )
        computed: list[int] = []
        encoder.model.register_forward_pre_hook(
            lambda _, __, inputs: computed.append(inputs["input_ids"].numel()), with_kwargs=True
        )
        if name == "Sentiment":
            seconds = _ours(encoder, settings, train, validation)
        else:
            order = "group_by_length" if "grouped" in name else "random"
            seconds = _trainer(encoder, settings, train, order)
    tokens, batches = sum(train.lengths), -(-len(train.ids) // settings.batch_size)
    run: Run = {
        "loop": name,
        "seconds": seconds,
        "tokens_per_s": tokens / seconds,
        "padding": 1 - tokens / sum(computed[:batches]),  # later batches are of validation
        "accuracy": _accuracy(encoder.model, validation),
    }
    print(f"{name}: {run['tokens_per_s']:,.0f} tokens/s", flush=True)
    return run


def _ours(
    encoder: PretrainedClassifier,
    settings: TrainingSettings,
    train: EncodedSplit,
    validation: EncodedSplit,
) -> float:
    """Return the seconds of an epoch with its checkpoints, validated on a few texts."""
    from accelerate import Accelerator

    keep_freed_memory()
    count = _VALIDATED_ON_THE_WAY
    few = EncodedSplit(validation.texts[:count], validation.ids[:count], validation.labels[:count])
    checkpoints = Checkpoints(settings, "benchmark", processes=1)
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    examples = labelled_examples(
        train.ids, train.labels, len(encoder.model.config.id2label), "none"
    )
    loop = Loop(accelerator, encoder, examples, few, settings, checkpoints)
    started = time.perf_counter()
    loop.fit()
    return time.perf_counter() - started


def _trainer(
    encoder: PretrainedClassifier, settings: TrainingSettings, train: EncodedSplit, order: str
) -> float:
    """Return the seconds of an epoch by `transformers.Trainer`, with the batches in this order."""
    import torch
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments

    rows = [
        {"input_ids": ids, "labels": label}
        for ids, label in zip(train.ids, train.labels, strict=True)
    ]
    steps = -(-len(rows) // settings.batch_size)
    groups = parameter_groups(encoder.model, settings.weight_decay)
    trainer = Trainer(
        encoder.model,
        TrainingArguments(
            output_dir=str(settings.checkpoint_dir),
            per_device_train_batch_size=settings.batch_size,
            num_train_epochs=1,
            learning_rate=settings.learning_rate,
            warmup_steps=round(steps * settings.warmup_ratio),
            max_grad_norm=settings.max_grad_norm,
            train_sampling_strategy=order,
            save_strategy="no",
            use_cpu=True,
            seed=settings.seed,
        ),
        train_dataset=rows,
        data_collator=DataCollatorWithPadding(encoder.tokenizer),
        optimizers=(torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True), None),
    )
    started = time.perf_counter()
    trainer.train()
    return time.perf_counter() - started


def _accuracy(model: Any, split: EncodedSplit) -> float:
    import torch

    model.eval()
    right = 0
    for batch in by_length(split.lengths, 8192, 64):
        ids, mask = map(torch.from_numpy, pad([split.ids[i] for i in batch], 0))
        with torch.inference_mode():
            logits = model(input_ids=ids, attention_mask=mask).logits
        labels = np.asarray([split.labels[i] for i in batch])
        right += int((logits.argmax(-1).numpy() == labels).sum())
    return right / len(split.ids)
