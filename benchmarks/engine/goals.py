"""The goals of the engine: the figures asked for, beside those of a result."""

from benchmarks.engine.result import EAGER, Result
from benchmarks.goals import Goal


def goals(result: Result) -> list[Goal]:
    """Return the goals of the engine, or none if the model has no int8 format."""
    eager = max(row["texts_per_s"] for row in result["mixed"] if row["engine"] == EAGER)
    int8 = [row["texts_per_s"] for row in result["mixed"] if "int8" in row["engine"]]
    name = "engine, int8 at its best micro-batch, against eager torch fp32"
    return [Goal(name, 7, max(int8) / eager)] if int8 else []
