"""Training on two processes: each text used once an epoch, one model stored.

Launched with torchrun, because `accelerate launch --cpu` starts one process
unless it has MPI; train.py sees the same environment either way. One launch
serves all tests of this file. A remainder of one text, which two processes
cannot share, is part of it.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from sentiment.settings import TrainingSettings
from sentiment.store import StoredModel, find
from tests.support.processes import python
from tests.support.training import as_flags

RECORDING = """\
import json, os, runpy, sys
sys.path.insert(0, os.getcwd())
from sentiment.training.loop import Loop

computed = Loop._features
log = open(os.environ["RECORD"] + "/rank-" + os.environ["RANK"], "w", buffering=1)

def recorded(self, indices, ids):
    name = "train" if ids is self._train.ids else "validation"
    log.write(json.dumps([name, self.progress.epoch, list(map(int, indices))]) + "\\n")
    return computed(self, indices, ids)

Loop._features = recorded
runpy.run_path("train.py", run_name="__main__")
"""


@dataclass(frozen=True)
class Launch:
    """A finished launch: what it said, stored, and computed on each process."""

    stdout: str
    stored: StoredModel
    batches: list[list[tuple[str, int, list[int]]]]

    def used(self, split: str, epoch: int) -> Counter[int]:
        """Return how often the model was given each text of a split in an epoch."""
        return Counter(
            index
            for batches in self.batches
            for name, when, indices in batches
            if (name, when) == (split, epoch)
            for index in indices
        )


@dataclass(frozen=True)
class Replay:
    """What plain torch makes of the recorded batches, up to the best epoch."""

    model: Any
    losses: list[float]
    probe: dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def chosen(
    settings: Callable[..., TrainingSettings],
    steady_encoder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> TrainingSettings:
    """Batches of four on each process, without dropout, and long texts cut at the end."""
    return settings(
        base_model=str(steady_encoder),
        batch_size=4,
        truncation="head",
        checkpoint_dir=tmp_path_factory.mktemp("checkpoints"),
    )


@pytest.fixture(scope="module")
def launch(chosen: TrainingSettings, tmp_path_factory: pytest.TempPathFactory) -> Launch:
    """Train on two CPU processes, noting which texts each is given."""
    folder = tmp_path_factory.mktemp("record")
    (folder / "recording.py").write_text(RECORDING)
    command = [
        *("-m", "torch.distributed.run", "--standalone"),
        *("--nproc_per_node", "2", folder / "recording.py"),
        *("--recipe=full", *as_flags(chosen)),
    ]
    ended = python(*command, RECORD=str(folder))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    logs = [(folder / f"rank-{rank}").read_text().splitlines() for rank in range(2)]
    batches = [[tuple(json.loads(line)) for line in log] for log in logs]
    return Launch(ended.stdout, find(chosen.name), batches)


@pytest.fixture(scope="module")
def replay(launch: Launch) -> Replay:
    """Train the same first weights on the same global batches, in this process."""
    from accelerate.utils import set_seed
    from transformers import get_linear_schedule_with_warmup

    from sentiment.data import load
    from sentiment.training.classifier import load_classifier, parameter_groups

    card = launch.stored.card
    settings = TrainingSettings.parse(card.settings)
    splits = load(settings).splits
    set_seed(settings.seed)
    encoder = load_classifier(settings, card.labels)
    groups = parameter_groups(encoder.model, settings.weight_decay)
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate)
    shares = [[b for b in batches if b[0] == "train"] for batches in launch.batches]
    steps = [(one[1], one[2] + two[2]) for one, two in zip(*shares, strict=True)]
    warmup = round(len(steps) * settings.warmup_ratio)
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, len(steps))

    def features(split: str, indices: list[int]) -> dict[str, torch.Tensor]:
        texts = [splits[split]["text"][index] for index in indices]
        return dict(encoder.tokenizer(texts, padding=True, truncation=True, return_tensors="pt"))

    losses: list[list[float]] = [[] for _ in range(card.best_epoch)]
    encoder.model.train()
    for epoch, indices in steps:
        if epoch == card.best_epoch:
            break
        labels = torch.tensor([splits["train"]["label"][index] for index in indices])
        loss = encoder.model(**features("train", indices), labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.model.parameters(), settings.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses[epoch].append(loss.item())
    probe = features("validation", list(range(card.data.sizes["validation"])))
    means = [sum(each) / len(each) for each in losses]
    return Replay(encoder.model.eval(), means, probe)


def test_exactly_one_tag_is_printed_and_it_is_the_last_line(launch: Launch) -> None:
    name = launch.stored.tag.partition(":")[0]
    tags = re.findall(rf"^{re.escape(name)}:\w+$", launch.stdout, re.M)
    assert tags == [launch.stored.tag]
    assert launch.stdout.strip().splitlines()[-1] == launch.stored.tag


def test_exactly_one_model_is_stored(
    launch: Launch, chosen: TrainingSettings, stored_versions: Callable[[str], list[str]]
) -> None:
    assert stored_versions(chosen.name) == [launch.stored.tag]


def test_what_is_said_is_said_once(launch: Launch) -> None:
    openings = [line.split(":")[0] for line in launch.stdout.splitlines()]
    assert Counter(openings)["data"] == 1
    assert Counter(openings)["base model"] == 1
    assert Counter(openings)["recipe"] == 1


@pytest.mark.parametrize("epoch", [1, 2])
def test_the_line_of_an_epoch_is_printed_once(launch: Launch, epoch: int) -> None:
    assert launch.stdout.count(f"epoch {epoch}/2: ") == 1


def test_the_card_says_two_processes(launch: Launch) -> None:
    assert launch.stored.card.hardware.endswith("2 process(es)")


@pytest.mark.parametrize("epoch", [0, 1])
def test_each_training_text_is_used_exactly_once_an_epoch(launch: Launch, epoch: int) -> None:
    size = launch.stored.card.data.sizes["train"]
    assert size % 8 == 1  # the remainder that two processes cannot share
    assert launch.used("train", epoch) == Counter(range(size))


@pytest.mark.parametrize("epoch", [0, 1])
def test_each_validation_text_is_evaluated_exactly_once(launch: Launch, epoch: int) -> None:
    size = launch.stored.card.data.sizes["validation"]
    assert launch.used("validation", epoch) == Counter(range(size))


def test_both_processes_train_and_take_equally_many_steps(launch: Launch) -> None:
    steps = [sum(name == "train" for name, *_ in batches) for batches in launch.batches]
    assert steps == [16, 16]


def test_the_metrics_are_over_the_whole_validation_split(launch: Launch) -> None:
    """The rows of both processes, in the order of their labels."""
    from sentiment.data import load
    from sentiment.inference.predictor import Predictor

    card = launch.stored.card
    rows = load(TrainingSettings.parse(card.settings)).splits["validation"]
    predictor = Predictor.load(launch.stored)
    logits = predictor.logits(predictor.tokenizer.encode_batch(list(rows["text"])))
    labels = torch.tensor(list(rows["label"]))
    loss = torch.nn.functional.cross_entropy(torch.from_numpy(logits), labels).item()
    assert loss == pytest.approx(card.epochs[card.best_epoch - 1].validation_loss, abs=1e-5)


def test_two_processes_take_the_steps_that_one_takes_on_their_batches_together(
    launch: Launch, replay: Replay
) -> None:
    """The oracle is a plain torch loop over the union of what both processes were given."""
    from transformers import AutoModelForSequenceClassification

    trained = AutoModelForSequenceClassification.from_pretrained(launch.stored.folder).eval()
    with torch.inference_mode():
        expected, found = replay.model(**replay.probe).logits, trained(**replay.probe).logits
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_the_train_loss_is_over_the_texts_of_both_processes(launch: Launch, replay: Replay) -> None:
    card = launch.stored.card
    found = [metrics.train_loss for metrics in card.epochs[: card.best_epoch]]
    assert found == pytest.approx(replay.losses, abs=0.01)
