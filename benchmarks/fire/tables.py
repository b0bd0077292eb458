"""The table of the attacks, as docs/reliability.md shows it."""

from benchmarks.fire.result import Result
from benchmarks.markdown import table

_HEAD = ("what was done", "what is promised", "what was seen", "MB", "")


def tables(result: Result) -> str:
    """Return one row for each attack, and what all of them depend on."""
    rows = [
        (
            row["done"],
            row["promised"],
            row["seen"].replace("|", r"\|"),
            f"{row['peak_mb']:.0f}",
            "held" if row["held"] else "**fell**",
        )
        for row in result["rows"]
    ]
    said = (
        f"The model was `{result['model']}`, the scale `{result['scale']}`; it took "
        f"{result['minutes']:.0f} minutes."
    )
    return f"{said}\n\n{table(_HEAD, rows)}"
