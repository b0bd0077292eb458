"""The goals of training: the figures asked for, beside those of a result."""

from benchmarks.goals import Goal
from benchmarks.training.result import Result


def goals(result: Result) -> list[Goal]:
    """Return the goals of training."""
    ours, trainer, grouped = (run["tokens_per_s"] for run in result["runs"])
    return [
        Goal("training, tokens/s against Trainer", 1.3, ours / trainer),
        Goal("training, tokens/s against Trainer grouped by length", 1, ours / grouped),
    ]
