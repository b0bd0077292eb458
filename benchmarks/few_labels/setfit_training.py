"""Training by SetFit as its documentation shows, run by the Python of its own environment.

  python setfit_training.py ENCODER MAX_LENGTH SEED TRAIN_CSV TEST_CSV

It prints a line of JSON: the accuracy on the test file, and the seconds of training, by the
clock and of a core.
"""

import csv
import json
import sys
import tempfile
import time

from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments


def main(encoder: str, max_length: str, seed: str, train: str, test: str) -> None:
    """Train with SetFit's own defaults and print the outcome."""
    started, worked = time.perf_counter(), time.process_time()
    model = SetFitModel.from_pretrained(encoder)
    model.model_body.max_seq_length = int(max_length)
    texts, labels = read(train)
    with tempfile.TemporaryDirectory() as folder:
        options = TrainingArguments(
            output_dir=folder, seed=int(seed), save_strategy="no", report_to="none"
        )
        rows = Dataset.from_dict({"text": texts, "label": labels})
        Trainer(model=model, args=options, train_dataset=rows).train()
    took = {
        "seconds": time.perf_counter() - started,
        "core_seconds": time.process_time() - worked,
    }
    texts, labels = read(test)
    answers = model.predict(texts)
    right = sum(str(answer) == label for answer, label in zip(answers, labels, strict=True))
    print(json.dumps({"accuracy": right / len(labels)} | took))


def read(file: str) -> tuple[list[str], list[str]]:
    """Return the texts and labels of a file."""
    with open(file, newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    return [row["text"] for row in rows], [row["label"] for row in rows]


if __name__ == "__main__":
    main(*sys.argv[1:])
