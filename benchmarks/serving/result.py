"""The result of the benchmark of serving: the structure of docs/benchmarks/serving.json."""

from typing import Any, TypedDict, final

from benchmarks.machine import Machine


class Times(TypedDict):
    """Percentiles of the time that callers waited, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


class Figures(Times):
    """A server under one load; the percentiles are those of right answers."""

    per_s: float
    """Right answers per second."""
    others: dict[str, int]
    """The number of replies that were not right, by kind."""
    core_ms: float
    """CPU time of all its processes for each reply, in milliseconds of one core."""
    memory_mb: float
    """Memory of all its processes; memory that they share is counted once."""
    padding: float | None
    """The share of padding in the tokens computed, None if the server does not count it."""


class ClosedLoop(Figures):
    """A server with `concurrency` callers, who each ask again once they are answered."""

    concurrency: int


class OpenLoop(Figures):
    """A server to which requests are sent at a fixed rate, whether or not it has answered.

    The rate is `share` of the answers per second that 64 callers got in a closed loop.
    """

    share: float
    goodput: float
    """Right answers per second, as a share of what the 64 callers got."""


class BesideLists(Times):
    """Single texts while long lists wait in the same queue."""

    list_texts: int
    lists: int
    lists_failed: int
    singles: int
    batch_ms: float
    """The mean time of a micro-batch."""
    padding: float | None


@final  # so that mypy can tell the two apart by a field that only one of them has
class Measured(TypedDict):
    """A server that was measured."""

    name: str
    title: str
    versions: dict[str, str]
    ready_s: float
    closed: list[ClosedLoop]


@final
class Skipped(TypedDict):
    """A server that could not be installed, started or asked, and why."""

    name: str
    title: str
    skipped: str


class Result(Machine):
    """The whole result."""

    model: str
    max_length: int
    """The number of tokens to which texts are cut."""
    engine: dict[str, Any]
    """The fields of `EngineInfo`."""
    ceilings: list[float]
    """Texts per second of the engine by itself, before and after Sentiment."""
    engine_ms: list[float]
    """The median time of one text in an idle engine, before and after Sentiment."""
    open: list[OpenLoop]
    lists: BesideLists
    servers: list[Measured | Skipped]
    """Sentiment, the peers, and Sentiment once more."""


def measured(result: Result) -> list[Measured]:
    """Return the servers that were measured, Sentiment first and last."""
    return [server for server in result["servers"] if "closed" in server]


def at(server: Measured, concurrency: int) -> ClosedLoop:
    """Return a server's figures with `concurrency` callers."""
    return next(row for row in server["closed"] if row["concurrency"] == concurrency)


def answers_per_s(result: Result, concurrency: int) -> dict[str, float]:
    """Return each server's right answers per second by its name; Sentiment's runs are averaged."""
    speeds: dict[str, list[float]] = {}
    for server in measured(result):
        speeds.setdefault(server["name"], []).append(at(server, concurrency)["per_s"])
    return {name: sum(runs) / len(runs) for name, runs in speeds.items()}
