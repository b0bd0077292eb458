"""What the benchmark of serving found: the shape of docs/benchmarks/serving.json."""

from typing import Any, TypedDict, final

from benchmarks.machine import Machine


class Times(TypedDict):
    """Percentiles of what callers waited, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


class Figures(Times):
    """A server under one load; the percentiles are those of right answers."""

    per_s: float
    """Right answers per second."""
    others: dict[str, int]
    """Replies that were not right, by kind."""
    core_ms: float
    """CPU time of all its processes for each reply."""
    memory_mb: float
    """Of all its processes, what they share counted once."""
    padding: float | None
    """The share of padding in what was computed, where a server counts it."""


class ClosedLoop(Figures):
    """So many callers, each asks again once it is answered."""

    concurrency: int


class OpenLoop(Figures):
    """Requests leave at `share` of the capacity that 64 callers found, answered or not."""

    share: float
    goodput: float
    """Right answers per second, as a share of that capacity."""


class BesideLists(Times):
    """Single texts while long lists wait in the same queue."""

    list_texts: int
    lists: int
    lists_failed: int
    singles: int
    batch_ms: float
    """A micro-batch, on average."""
    padding: float | None


@final  # so that a field that only one of the two has tells them apart
class Measured(TypedDict):
    """A server that ran."""

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
    """Tokens that texts are cut at."""
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
    """Return a server's figures with so many callers."""
    return next(row for row in server["closed"] if row["concurrency"] == concurrency)


def answers_per_s(result: Result, concurrency: int) -> dict[str, float]:
    """Return each server's right answers per second by its name; Sentiment's two runs averaged."""
    speeds: dict[str, list[float]] = {}
    for server in measured(result):
        speeds.setdefault(server["name"], []).append(at(server, concurrency)["per_s"])
    return {name: sum(each) / len(each) for name, each in speeds.items()}
