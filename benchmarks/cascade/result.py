"""The result of the benchmark of the cascade, as its JSON file has it."""

from typing import Literal, TypedDict

from benchmarks.machine import Machine
from benchmarks.serving.result import ClosedLoop

Setting = Literal["off", "auto"]


class Row(ClosedLoop):
    """One model with the cascade on or off."""

    name: str
    model: str
    cascade: Setting


class Starts(TypedDict):
    """How long the server of a model took to be ready, start by start."""

    name: str
    cascade: Setting
    ready_s: list[float]


class Peer(TypedDict):
    """A peer that serves the encoder of one of the models, without its n-grams."""

    title: str
    name: str
    versions: dict[str, str]
    rows: list[ClosedLoop]


class Result(Machine):
    """All rows, in the order in which they were measured."""

    rows: list[Row]
    starts: list[Starts]
    ceilings: dict[str, float]
    """What the encoder's engine computes by itself, in texts a second, by the name of the model."""
    peer: Peer
