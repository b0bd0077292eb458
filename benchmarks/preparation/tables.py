"""The table and goals of preparation, as docs/benchmarks.md shows them."""

from benchmarks.goals import goal_table
from benchmarks.markdown import table
from benchmarks.preparation.goals import goals
from benchmarks.preparation.result import Result


def tables(result: Result) -> str:
    """Return the runs and the goals as Markdown."""
    rows = [
        (
            name,
            f"{run['seconds']:.1f}",
            f"{result['rows'] / run['seconds']:,.0f}",
            f"{run['peak_mb']:.0f}",
        )
        for name, run in (("first", result["first"]), ("again", result["again"]))
    ]
    columns = ["run", "seconds", "rows/s", "peak MB"]
    about = f"{result['rows']:,} rows, {result['megabytes']:.0f} MB."
    return f"{about}\n\n{table(columns, rows)}\n\n{goal_table(goals(result))}"
