"""The table and goals of training, as docs/benchmarks.md shows them."""

from benchmarks.goals import goal_table
from benchmarks.markdown import table
from benchmarks.training.goals import goals
from benchmarks.training.result import Result


def tables(result: Result) -> str:
    """Return the runs and the goals as Markdown."""
    rows = [
        (
            run["loop"],
            f"{run['tokens_per_s']:,.0f}",
            f"{run['padding']:.1%}",
            f"{run['seconds']:.0f}",
            f"{run['accuracy']:.3f}",
        )
        for run in result["runs"]
    ]
    head = ("loop", "tokens/s", "padding", "seconds", "validation accuracy")
    return f"{table(head, rows)}\n\n{goal_table(goals(result))}"
