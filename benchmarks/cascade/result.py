"""The result of the benchmark of the cascade, as its JSON file has it."""

from typing import Literal

from benchmarks.machine import Machine
from benchmarks.serving.result import ClosedLoop

Setting = Literal["off", "auto"]


class Row(ClosedLoop):
    """One model with the cascade on or off."""

    name: str
    model: str
    cascade: Setting


class Result(Machine):
    """All rows, in the order in which they were measured."""

    rows: list[Row]
