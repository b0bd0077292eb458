"""The result of the benchmark of the cascade, as its JSON file has it."""

from typing import Literal, TypedDict

from benchmarks.machine import Machine

Setting = Literal["off", "auto"]


class Row(TypedDict):
    """One model with the cascade on or off."""

    name: str
    model: str
    cascade: Setting
    callers: int
    per_s: float
    p50_ms: float
    core_ms: float
    others: dict[str, int]


class Result(Machine):
    """All rows, in the order in which they were measured."""

    rows: list[Row]
