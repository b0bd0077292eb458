"""The tables of explanations, as docs/benchmarks.md shows them."""

from benchmarks.explanations.result import Result
from benchmarks.goals import Goal, goal_table
from benchmarks.markdown import table

_DELETED = ("words deleted", "the label's probability falls by", "texts with another label")
_SLOWED = (
    "plain callers",
    "texts/s alone",
    "beside a full house of explanations",
    "parts/s explained",
)


def tables(result: Result) -> str:
    """Return both parts and the goals as Markdown."""
    found = result["deletion"]
    deleted = [
        (name, f"{fall:.3f}", f"{flipped:.2f}")
        for name, fall, flipped in (
            ("named most by the explanation", found["named"], found["flipped_named"]),
            ("at random", found["random"], found["flipped_random"]),
        )
    ]
    slowed = [
        (each["callers"], f"{each['alone']:.1f}", f"{each['beside']:.1f}", f"{each['parts']:.1f}")
        for each in result["slowing"]
    ]
    return "\n\n".join(
        (
            f"Model `{result['model']}`; {found['texts']} reviews, "
            f"{found['words']} words of each deleted.",
            table(_DELETED, deleted),
            table(_SLOWED, slowed),
            goal_table(goals(result)),
        )
    )


def goals(result: Result) -> list[Goal]:
    """Return what was asked of plain callers' rates."""
    return [
        Goal(
            f"{each['callers']} plain callers beside explanations, of their rate alone",
            0.9,
            each["beside"] / each["alone"],
        )
        for each in result["slowing"]
    ]
