"""The table and goals of the cascade, as docs/benchmarks.md shows them."""

from benchmarks.cascade.result import Result, Row, Setting
from benchmarks.goals import Goal, goal_table
from benchmarks.markdown import table

_HEAD = ("model", "cascade", "callers", "answers/s", "p50 ms", "core-ms an answer", "others")


def tables(result: Result) -> str:
    """Return the rows and the goals as Markdown."""
    rows = [
        (
            row["name"],
            row["cascade"],
            str(row["concurrency"]),
            f"{row['per_s']:.1f}",
            f"{row['p50_ms']:.0f}",
            f"{row['core_ms']:.1f}",
            ", ".join(f"{count} {kind}" for kind, count in row["others"].items()) or "0",
        )
        for row in result["rows"]
    ]
    return f"{table(_HEAD, rows)}\n\n{goal_table(goals(result))}"


def goals(result: Result) -> list[Goal]:
    """Return the goals of each model: cascade on against off, in one run."""
    found = []
    for name in dict.fromkeys(row["name"] for row in result["rows"]):
        many = [_row(result, name, setting, 64)["per_s"] for setting in ("auto", "off")]
        one = [_row(result, name, setting, 1)["p50_ms"] for setting in ("auto", "off")]
        faster, waiting = many[0] / many[1], one[0] / one[1]
        found += [
            Goal(f"{name}: at 64, answers/s on against off", 1.8, faster),
            Goal(f"{name}: at 1, median latency on against off", 0.65, waiting, at_most=True),
        ]
    return found


def _row(result: Result, name: str, setting: Setting, callers: int) -> Row:
    return next(
        row
        for row in result["rows"]
        if (row["name"], row["cascade"], row["concurrency"]) == (name, setting, callers)
    )
