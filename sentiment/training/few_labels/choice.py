"""By which method a run trains: as it was asked, or what wins a comparison on few labels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from sentiment.atomic_files import write_atomically
from sentiment.errors import UsageError
from sentiment.schema import MethodComparison, TrainingMethod
from sentiment.training.few_labels.comparison import compare, winner
from sentiment.training.few_labels.trial import Trial
from sentiment.training.messages import comparison_lines

MOST_ROWS = 512
"""Training texts up to which methods are compared: 256 of each of two labels."""

_FILE = "comparison.json"


@dataclass(frozen=True)
class MethodChoice:
    """The method, and the comparison that it won, if there was one."""

    method: TrainingMethod
    comparison: MethodComparison | None = None
    seconds: float = 0.0
    """How long it took to compare."""


def choose_method(
    trial: Trial,
    processes: int,
    folder: Path,
    resume: bool,
    print_line: Callable[[str], object],
) -> MethodChoice:
    """Return the method of a run; compare if it is left open and there are few texts.

    The comparison is kept in `folder`, where `resume` finds it. Raises `UsageError` for a
    method that cannot do what else was asked for.
    """
    settings, rows = trial.settings, len(trial.train.ids)
    obstacle = _obstacle(trial, processes)
    if settings.method not in ("auto", "fine-tuning") and obstacle:
        raise UsageError(
            f"--method {settings.method} does not go with {obstacle}.",
            "Leave that out, or use --method fine-tuning.",
        )
    if settings.method != "auto":
        print_line(f"method: {settings.method} (asked for)")
        return MethodChoice(settings.method)
    if rows > MOST_ROWS or obstacle:
        why = obstacle or f"more than {MOST_ROWS} training texts"
        print_line(f"method: fine-tuning ({why})")
        return MethodChoice("fine-tuning")
    started = monotonic()
    comparison = _recall_or_compare(trial, folder / _FILE, resume, print_line)
    chosen = winner(comparison)
    for line in comparison_lines(comparison, chosen):
        print_line(line)
    return MethodChoice(chosen, comparison, monotonic() - started)


def _obstacle(trial: Trial, processes: int) -> str:
    """Return what only fine-tuning can do, empty for nothing."""
    if trial.settings.teacher is not None:
        return "a teacher"
    return "several processes" if processes > 1 else ""


def _recall_or_compare(
    trial: Trial, file: Path, resume: bool, print_line: Callable[[str], object]
) -> MethodComparison:
    from torch.cuda import device_count
    from torch.random import fork_rng

    if resume and file.is_file():
        return MethodComparison.model_validate_json(file.read_text(encoding="utf-8"))
    print_line(f"comparing training methods on {len(trial.train.ids)} texts")
    with fork_rng(range(device_count())):  # a run that follows does not notice
        comparison = compare(trial)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, comparison.model_dump_json())
    return comparison
