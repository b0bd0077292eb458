"""The tables of overhead, as docs/benchmarks.md shows them."""

from benchmarks.goals import Goal, goal_table
from benchmarks.markdown import table
from benchmarks.overhead.result import Result

PLAIN = "as it starts by itself"
EVERYTHING = "keys, limits and tracing"
BEFORE = "an earlier commit"

_HEAD = ("server", "callers", "answers/s", "p50 ms", "core-ms an answer", "rate", "CPU", "others")


def tables(result: Result) -> str:
    """Return the servers and the goals as Markdown."""
    rows = [
        (
            row["name"],
            row["concurrency"],
            f"{row['per_s']:.1f}",
            f"{row['p50_ms']:.1f}",
            f"{row['core_ms']:.2f}",
            "{:.3f} ({:.3f} to {:.3f})".format(row["ratio"], *row["spread"]),
            f"{row['cpu_ratio']:.3f}",
            row["others"],
        )
        for row in result["rows"]
    ]
    about = (
        f"Model `{result['model']}`, {result['turns']} turns. Rate and CPU time of an answer are "
        "medians of what they are in a turn as multiples of the plain server's, the rate with its "
        "quartiles."
    )
    if result["before"]:
        about += f" The earlier commit is {result['before'][:12]}."
    return f"{about}\n\n{table(_HEAD, rows)}\n\n{goal_table(goals(result))}"


def goals(result: Result) -> list[Goal]:
    """Return what was asked of the rates."""
    found = {(row["name"], row["concurrency"]): row for row in result["rows"]}
    name = "64 callers: rate with keys, limits and tracing"
    asked = [Goal(name, 0.95, found[EVERYTHING, 64]["ratio"])]
    for callers in (64, 1):
        if earlier := found.get((BEFORE, callers)):
            name = f"callers: {callers}; rate against the earlier commit"
            asked.append(Goal(name, 0.97, 1 / earlier["ratio"]))
    return asked
