"""The tables and goals of serving, as docs/benchmarks.md shows them below the chart."""

from benchmarks.goals import goal_table
from benchmarks.markdown import table
from benchmarks.serving.goals import goals
from benchmarks.serving.result import Figures, Result, measured

_COLUMNS = ["answers/s", "p50 ms", "p95 ms", "p99 ms", "others"]


def tables(result: Result) -> str:
    """Return the closed loop, the open loop, the lists and the goals as Markdown."""
    return "\n\n".join(
        [
            _ceiling(result),
            _closed(result),
            *(
                f"Skipped: {server['title']}: {server['skipped']}"
                for server in result["servers"]
                if "skipped" in server
            ),
            _open(result),
            _lists(result),
            goal_table(goals(result)),
            _versions(result),
        ]
    )


def _ceiling(result: Result) -> str:
    ceilings = " and ".join(f"{per_s:.1f}" for per_s in result["ceilings"])
    one_text = " and ".join(f"{text_ms:.1f}" for text_ms in result["engine_ms"])
    rows = measured(result)[0]["closed"]
    padding = ", ".join(f"{row['padding']:.1%} at {row['concurrency']}" for row in rows)
    return (
        f"The engine by itself, before and after ours: {ceilings} texts/s on all cores (the "
        f"ceiling), {one_text} ms at the median for one text. Our padding: {padding}."
    )


def _closed(result: Result) -> str:
    rows = [
        [
            server["title"],
            row["concurrency"],
            *_figures(row),
            f"{row['core_ms']:.1f}",
            f"{row['memory_mb']:.0f}",
            f"{server['ready_s']:.1f}",
        ]
        for server in measured(result)
        for row in server["closed"]
    ]
    return table(["server", "callers", *_COLUMNS, "core-ms an answer", "MB", "ready in s"], rows)


def _open(result: Result) -> str:
    rows = [
        [f"{row['share']:.0%}", *_figures(row), f"{row['goodput']:.2f}"] for row in result["open"]
    ]
    return table(["load", *_COLUMNS, "goodput"], rows)


def _lists(result: Result) -> str:
    return (
        "While lists wait of {list_texts:,} texts: {singles} single texts took {p50_ms:.0f} ms at "
        "the median, {p95_ms:.0f} at the 95th percentile, {p99_ms:.0f} at the 99th; a micro-batch "
        "took {batch_ms:.0f} ms, padding was {padding:.1%}, {lists_failed} of {lists} lists failed."
    ).format(**result["lists"])


def _versions(result: Result) -> str:
    servers = (
        f"{server['title']}: {', '.join(map(' '.join, server['versions'].items()))}"
        for server in measured(result)
    )
    return f"{'; '.join(servers)}."


def _figures(row: Figures) -> list[str]:
    others = ", ".join(f"{count} {kind}" for kind, count in row["others"].items())
    times = (row["p50_ms"], row["p95_ms"], row["p99_ms"])
    return [f"{row['per_s']:.1f}", *(f"{time_ms:.0f}" for time_ms in times), others or "0"]
