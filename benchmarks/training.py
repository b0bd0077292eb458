"""Tokens per second of our training loop, against `transformers.Trainer`.

The same encoder, first weights, texts, batch size, optimizer, schedule and
precision; one epoch each, in a process of its own. Ours is timed with its checkpoints and its
validation, on a few texts; both models then answer the same validation split.
Trainer runs as it comes, with random order, and with its own grouping by length.

  python -m benchmarks.training                    the quick recipe, minutes on two cores
  python -m benchmarks.training --texts 400        quick and rough
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Goal, finish, goal_table, table
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
from sentiment.training.loop import Loop

LOOPS = ("Sentiment", "Trainer", "Trainer, grouped by length")
_VALIDATED_ON_THE_WAY = 16


def main() -> None:
    """Train an epoch with each, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=RECIPES["quick"]["train_size"])
    given = parser.parse_args()
    values = {"train_size": given.texts, "device": "cpu", "precision": "fp32"}
    settings = TrainingSettings.parse(RECIPES["quick"] | values)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as processes:
        runs = list(processes.map(measure, LOOPS, [settings] * len(LOOPS)))
    finish("training", {"settings": settings.trajectory(), "runs": runs}, tables)


def measure(name: str, settings: TrainingSettings) -> dict[str, Any]:
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
    found = {
        "loop": name,
        "seconds": seconds,
        "tokens_per_s": tokens / seconds,
        "padding": 1 - tokens / sum(computed[:batches]),  # what follows is validation
        "accuracy": _accuracy(encoder.model, validation),
    }
    print("{loop}: {tokens_per_s:,.0f} tokens/s".format(**found), flush=True)
    return found


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
    few = EncodedSplit(validation.ids[:count], validation.labels[:count])
    checkpoints = Checkpoints(settings, "benchmark", processes=1)
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    loop = Loop(accelerator, encoder, train, few, settings, checkpoints)
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


def goals(result: dict[str, Any]) -> list[Goal]:
    """Return the goals of training."""
    ours, trainer, grouped = (run["tokens_per_s"] for run in result["runs"])
    return [
        Goal("training, tokens/s against Trainer", 1.3, ours / trainer),
        Goal("training, tokens/s against Trainer grouped by length", 1, ours / grouped),
    ]


def tables(result: dict[str, Any]) -> str:
    """Return the runs and the goals as Markdown."""
    rows: list[Sequence[object]] = [
        (
            run["loop"],
            f"{run['tokens_per_s']:,.0f}",
            f"{run['padding']:.1%}",
            f"{run['seconds']:.0f}",
            f"{run['accuracy']:.3f}",
        )
        for run in result["runs"]
    ]
    head = ("loop", "tokens/s", "padding", "seconds", "validation accuracy")
    return f"{table(head, rows)}\n\n{goal_table(goals(result))}"


if __name__ == "__main__":
    main()
