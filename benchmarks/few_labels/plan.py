"""The plan: which trainings are to be made, and which of them are there already."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from benchmarks.few_labels.draws import Draw
from benchmarks.few_labels.result import Run

TRAINERS = ("sentiment", "fine-tuning", "setfit")


@dataclass(frozen=True)
class Training:
    """What one run trains, on what; the first fields of a run, under the same names."""

    base_model: str
    max_length: int
    test_texts: int
    source: str
    rows: int
    draw: int
    trainer: str

    @property
    def drawn(self) -> Draw:
        """The draw that it trains on."""
        return Draw(self.source, self.rows, self.draw)

    def made(self, runs: Sequence[Run]) -> bool:
        """Return whether it is among runs."""
        wanted = asdict(self).items()
        return any(wanted <= run.items() for run in runs)


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    base_model: str
    max_length: int
    test_texts: int
    sources: Sequence[str]
    rows: Sequence[int]
    draws: int
    trainers: Sequence[str]

    def each(self) -> Iterator[Training]:
        """Yield the trainings: those on one draw after each other, then the next draw."""
        order: Any = product(self.rows, self.sources, range(self.draws), self.trainers)
        for rows, source, draw, trainer in order:
            yield Training(
                self.base_model, self.max_length, self.test_texts, source, rows, draw, trainer
            )
