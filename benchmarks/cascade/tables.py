"""The table and goals of the cascade, as docs/benchmarks.md shows them."""

from statistics import median

from benchmarks.cascade.result import Result, Row, Setting
from benchmarks.goals import Goal, goal_table
from benchmarks.markdown import table
from benchmarks.serving.result import ClosedLoop

_HEAD = ("model", "cascade", "callers", "answers/s", "p50 ms", "core-ms an answer", "MB", "others")
_PEER_GOALS = {"large": 0.7, "quick": 3.3}


def tables(result: Result) -> str:
    """Return the rows, the starts and the goals as Markdown."""
    peer = result["peer"]
    rows = [
        *((row["name"], row["cascade"], *_figures(row)) for row in result["rows"]),
        *((f"{peer['title']}: {peer['name']}", "", *_figures(row)) for row in peer["rows"]),
    ]
    starts = ", ".join(
        f"{each['name']} {each['cascade']} "
        + " and ".join(f"{seconds:.2f}" for seconds in each["ready_s"])
        for each in result["starts"]
    )
    ceilings = ", ".join(f"{name} {rate:.1f}" for name, rate in result["ceilings"].items())
    return (
        f"{table(_HEAD, rows)}\n\n"
        f"Seconds until ready: {starts}. The encoder's engine by itself, in texts a second: "
        f"{ceilings}.\n\n{goal_table(goals(result))}"
    )


def _figures(row: ClosedLoop) -> tuple[str, ...]:
    return (
        str(row["concurrency"]),
        f"{row['per_s']:.1f}",
        f"{row['p50_ms']:.0f}",
        f"{row['core_ms']:.1f}",
        f"{row['memory_mb']:.0f}",
        ", ".join(f"{count} {kind}" for kind, count in row["others"].items()) or "0",
    )


def goals(result: Result) -> list[Goal]:
    """Return the goals of each model, all of them ratios within one run."""
    peer = next(row for row in result["peer"]["rows"] if row["concurrency"] == 64)
    found = []
    for name in dict.fromkeys(row["name"] for row in result["rows"]):
        on, off = (_row(result, name, setting, 64) for setting in ("auto", "off"))
        one, one_off = (_row(result, name, setting, 1) for setting in ("auto", "off"))
        ready, ready_off = (_ready_s(result, name, setting) for setting in ("auto", "off"))
        rate, alone = on["per_s"], result["ceilings"][name]
        waiting = one["p50_ms"] / one_off["p50_ms"]
        memory = on["memory_mb"] / off["memory_mb"]
        found += [
            Goal(f"{name}: at 64, answers/s on against off", 1.8, rate / off["per_s"]),
            Goal(f"{name}: at 64, on, against its engine alone", 1.5, rate / alone),
            Goal(f"{name}: at 1, median latency on against off", 0.65, waiting, at_most=True),
            Goal(f"{name}: memory on against off", 1.05, memory, at_most=True),
            Goal(f"{name}: median time to ready on against off", 1.05, ready / ready_off, True),
        ]
        if name in _PEER_GOALS:
            words = f"{name}: at 64, on, against the peer with {result['peer']['name']}"
            found.append(Goal(words, _PEER_GOALS[name], rate / peer["per_s"]))
    return found


def _row(result: Result, name: str, setting: Setting, callers: int) -> Row:
    return next(
        row
        for row in result["rows"]
        if (row["name"], row["cascade"], row["concurrency"]) == (name, setting, callers)
    )


def _ready_s(result: Result, name: str, setting: Setting) -> float:
    return next(
        median(each["ready_s"])
        for each in result["starts"]
        if (each["name"], each["cascade"]) == (name, setting)
    )
