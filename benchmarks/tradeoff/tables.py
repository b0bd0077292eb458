"""The table and goals of the models, as docs/benchmarks.md shows them below the chart."""

from benchmarks.goals import goal_table
from benchmarks.markdown import table
from benchmarks.tradeoff.goals import goals
from benchmarks.tradeoff.result import Result, ours, peers

_HEAD = ("what", "model", "core-ms an answer", "accuracy", "ECE", "failures", "pairs right")


def tables(result: Result) -> str:
    """Return the points and the goals as Markdown."""
    rows = [
        (
            point["name"],
            f"`{point['model']}`",
            f"{point['core_ms']:.1f}" + f", {point['failed']} failed" * (point["failed"] > 0),
            "{:.3f} ({:.3f} to {:.3f})".format(point["accuracy"], *point["accuracy_interval"]),
            f"{point['expected_calibration_error']:.3f}",
            f"{point['mean_failure']:.3f}",
            f"{point['both_right']:.3f}",
        )
        for point in (*ours(result), *peers(result))
    ]
    parts = [f"The other servers were measured on {result['peers']}.", table(_HEAD, rows)]
    found = goals(result)
    return "\n\n".join([*parts, *([goal_table(found)] if found else [])])
