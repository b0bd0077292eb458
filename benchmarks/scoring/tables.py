"""The table and goals of scoring, as docs/benchmarks.md shows them."""

from collections.abc import Sequence

from benchmarks.goals import goal_table
from benchmarks.markdown import table
from benchmarks.scoring.goals import goals
from benchmarks.scoring.result import Result


def tables(result: Result) -> str:
    """Return the runs and the goals as Markdown."""
    rows: list[Sequence[object]] = [
        (f"the engine by itself, {when}", "", f"{max(speeds.values()):.1f}", "", "")
        for when, speeds in zip(("before", "after"), result["engine_texts_per_s"], strict=True)
    ]
    rows += [
        (
            "predict.py, start included",
            f"{run['texts']:,}",
            f"{run['texts_per_s']:.1f}",
            f"{run['texts_per_s'] / result['ceiling']:.2f}",
            f"{run['peak_mb']:.0f}",
        )
        for run in result["runs"]
    ]
    steady = f"{result['steady_texts_per_s']:.1f}", f"{result['steady_of_ceiling']:.2f}"
    rows.append(("predict.py, between the two", "", *steady, ""))
    runs = table(["what", "texts", "texts/s", "of the ceiling", "peak MB"], rows)
    return f"{runs}\n\n{goal_table(goals(result))}"
