"""The tables of overhead, as docs/benchmarks.md shows them."""

from benchmarks.goals import Goal, goal_table
from benchmarks.machine import short
from benchmarks.markdown import table
from benchmarks.overhead.result import Result

PLAIN = "as it starts by itself"
AGAIN = "the same again"
EVERYTHING = "keys, limits and tracing"
BEFORE = "an earlier commit"

_HEAD = (
    "engine",
    "server",
    "callers",
    "rate",
    "CPU",
    "core-ms an answer",
    "others",
)


def tables(result: Result) -> str:
    """Return the servers and the goals as Markdown."""
    rows = [
        (
            row["engine"],
            row["name"],
            row["concurrency"],
            "{:.3f} ({:.3f} to {:.3f})".format(row["rate"], *row["rate_quartiles"]),
            "{:.3f} ({:.3f} to {:.3f})".format(row["cpu"], *row["cpu_quartiles"]),
            f"{row['core_ms']:.2f}",
            row["others"],
        )
        for row in result["rows"]
    ]
    about = (
        f"Model `{result['model']}`, {result['turns']} turns. Rate and CPU time of an answer are "
        "multiples of those of a plain server that is asked by as many callers at the same time: "
        "medians and quartiles over the turns. With no engine, what is left is what the server "
        "itself costs."
    )
    if result["before"]:
        about += f" The earlier commit is {short(result['before'])}."
    return f"{about}\n\n{table(_HEAD, rows)}\n\n{goal_table(goals(result))}"


def goals(result: Result) -> list[Goal]:
    """Return what was asked of the rates.

    The earlier commit is compared with the second plain server. Both were measured beside the
    first, and as often; the first one was asked in every turn, and so is not in the same state.
    """
    found = {
        (row["name"], row["concurrency"]): row
        for row in result["rows"]
        if row["engine"] == "the model's"
    }
    name = "64 callers: rate with keys, limits and tracing"
    asked = [Goal(name, 0.95, found[EVERYTHING, 64]["rate"])]
    for callers in (64, 1):
        if earlier := found.get((BEFORE, callers)):
            name = f"callers: {callers}; rate against the earlier commit"
            asked.append(Goal(name, 0.97, found[AGAIN, callers]["rate"] / earlier["rate"]))
    return asked
