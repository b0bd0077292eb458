"""The table and goals of few labels, as docs/benchmarks.md shows them."""

from benchmarks.few_labels.goals import NAMES, goals
from benchmarks.few_labels.result import Result
from benchmarks.few_labels.summary import Cell, Place, cells
from benchmarks.goals import goal_table
from benchmarks.machine import short
from benchmarks.markdown import table

_TITLES = {"sentiment": "Sentiment", "fine-tuning": "fine-tuning alone", "setfit": "SetFit"}
_HEAD = (
    *("texts", "a label", "encoder", "tokens", "held out", "trainer", "draws"),
    *("accuracy", "seconds", "core-seconds", "methods kept"),
)


def tables(result: Result) -> str:
    """Return means, spreads and goals as Markdown."""
    rows = [
        _row(place, _TITLES[trainer], cell)
        for place, by_trainer in cells(result)
        for trainer, cell in by_trainer.items()
    ]
    commits = dict.fromkeys(short(run["commit"]) for run in result["runs"])
    measured = f"Runs of commit {', '.join(commits)}.{_beside(result)}\n\n{table(_HEAD, rows)}"
    asked = goals(result)
    return f"{measured}\n\n{goal_table(asked)}" if asked else measured


def _beside(result: Result) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["setfit"].items())
    return f" Beside: {versions}." if versions else ""


def _row(place: Place, title: str, cell: Cell) -> tuple[object, ...]:
    kept = ", ".join(f"{name} {count}" for name, count in cell.methods.most_common())
    return (
        NAMES[place.source],
        place.rows,
        place.base_model,
        place.max_length,
        f"{place.test_texts:,}",
        title,
        cell.draws,
        f"{cell.accuracy:.3f} ± {cell.spread:.3f}",
        f"{cell.seconds:.0f}",
        f"{cell.core_seconds:.0f}",
        kept,
    )
