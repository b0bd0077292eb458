"""The tables and goals of the engine, as docs/benchmarks.md shows them."""

from benchmarks.engine.goals import goals
from benchmarks.engine.result import EAGER, Result
from benchmarks.goals import goal_table
from benchmarks.markdown import table


def tables(result: Result) -> str:
    """Return both tables and the goals as Markdown."""
    return (
        f"Texts per second on reviews of mixed length, cut at {result['max_length']} tokens, by "
        f"padded tokens of a micro-batch:\n\n{_mixed(result)}\n\n"
        f"Texts per second with all streams busy, and in brackets the milliseconds of one batch "
        f"while no other is computed, by tokens x texts:\n\n{_fixed(result)}\n\n"
        f"{goal_table(goals(result))}"
    )


def _mixed(result: Result) -> str:
    speeds: dict[str, dict[int, float]] = {}
    for row in result["mixed"]:
        speeds.setdefault(row["engine"], {})[row["budget"]] = row["texts_per_s"]
    eager = max(speeds[EAGER].values())
    return table(
        ["engine", *speeds[EAGER], "best, against eager"],
        [
            [name, *(f"{speed:.1f}" for speed in row.values()), f"{max(row.values()) / eager:.2f}"]
            for name, row in speeds.items()
        ],
    )


def _fixed(result: Result) -> str:
    cells: dict[str, dict[str, str]] = {}
    for row in result["fixed"]:
        column = f"{row['length']} x {row['batch']}"
        cell = f"{row['texts_per_s']:.0f} ({row['latency_ms']:.0f})"
        cells.setdefault(row["engine"], {})[column] = cell
    return table(["engine", *cells[EAGER]], [[name, *row.values()] for name, row in cells.items()])
