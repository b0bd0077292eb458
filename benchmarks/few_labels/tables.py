"""The table and goals of few labels, as docs/benchmarks.md shows them."""

from benchmarks.few_labels.goals import NAMES, goals
from benchmarks.few_labels.result import Result
from benchmarks.few_labels.summary import Cell, cells
from benchmarks.goals import goal_table
from benchmarks.markdown import table

_TITLES = {"sentiment": "Sentiment", "fine-tuning": "fine-tuning alone", "setfit": "SetFit"}


def tables(result: Result) -> str:
    """Return means, spreads and goals as Markdown."""
    head = ("texts", "a label", "trainer", "draws", "accuracy", "seconds", "methods kept")
    rows = [
        _row(NAMES[source], size, _TITLES[trainer], cell)
        for source, size, by_trainer in cells(result)
        for trainer, cell in by_trainer.items()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in result["setfit"].items())
    beside = f" Beside: {versions}." if versions else ""
    measured = (
        f"Encoder {result['base_model']}, {result['max_length']} tokens, "
        f"{result['test_texts']:,} held-out texts.{beside}\n\n{table(head, rows)}"
    )
    asked = goals(result)
    return f"{measured}\n\n{goal_table(asked)}" if asked else measured


def _row(source: str, size: int, title: str, cell: Cell) -> tuple[object, ...]:
    kept = ", ".join(f"{name} {count}" for name, count in cell.methods.most_common())
    accuracy = f"{cell.accuracy:.3f} ± {cell.spread:.3f}"
    return source, size, title, cell.draws, accuracy, f"{cell.seconds:.0f}", kept
