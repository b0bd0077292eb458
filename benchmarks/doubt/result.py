"""The result of the benchmark of doubt: the structure of docs/benchmarks/doubt.json."""

from typing import Literal, TypedDict

from benchmarks.answers import Figures
from benchmarks.machine import Machine

Choice = Literal["at random", "by doubt"]


class Run(TypedDict):
    """One training."""

    choice: Choice
    draw: int
    """Its number; the seed of everything random too."""
    seconds: float
    encoder: Figures
    combination: Figures
    """Encoder and n-grams added up."""
    encoder_weight: float
    ngrams_weight: float


class Result(Machine):
    """All trainings, and the n-grams by themselves."""

    train_texts: int
    """Reviews that are drawn from, and that the n-grams are fitted on."""
    drawn_texts: int
    """Reviews that an encoder is trained on."""
    validation_texts: int
    test_texts: int
    out_of_fold_accuracy: float
    """Of n-grams on all reviews that are drawn from."""
    doubted_accuracy: float
    """The same on the half that they are least sure of."""
    ngrams: Figures
    runs: list[Run]
