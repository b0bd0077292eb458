"""The goals of serving: the figures asked for, beside those of a result."""

from benchmarks.goals import Goal
from benchmarks.serving.result import Result, answers_per_s, at, measured
from sentiment.schema import EngineInfo


def goals(result: Result) -> list[Goal]:
    """Return the goals of serving, without those on peers that this result does not have."""
    return [_of_ceiling(result), *_against_peers(result), *_under_load(result), *_costs(result)]


def _ceiling(result: Result) -> float:
    return sum(result["ceilings"]) / len(result["ceilings"])


def _of_ceiling(result: Result) -> Goal:
    per_s = at(measured(result)[0], 64)["per_s"]
    return Goal("at 64, answers/s against the ceiling", 0.85, per_s / _ceiling(result))


def _against_peers(result: Result) -> list[Goal]:
    ours, *peers = answers_per_s(result, 64)
    naive = [name for name in peers if name == "naive"]
    onnx = [name for name in peers if name.startswith("onnxruntime")]
    rest = [name for name in peers if name not in (*naive, *onnx)]
    rows = []
    for name, asked, peer_names, callers in (
        ("at 64, against the naive server", 6, naive, 64),
        ("at 64, against the better ONNX Runtime int8", 1.8, onnx, 64),
        ("at 1, against the better ONNX Runtime int8", 1.2, onnx, 1),
        ("at 64, against the best other peer", 2, rest, 64),
    ):
        speeds = answers_per_s(result, callers)
        best = max((speeds[peer] for peer in peer_names), default=0.0)
        if best > 0:
            rows.append(Goal(name, asked, speeds[ours] / best))
    return rows


def _under_load(result: Result) -> list[Goal]:
    ours, *_, again = measured(result)
    below = [row["others"] for row in result["open"] if row["share"] < 1]
    below += [row["others"] for server in (ours, again) for row in server["closed"]]
    failed = sum(sum(others.values()) for others in below)
    return [
        Goal("failed or wrong answers below capacity", 0, failed, at_most=True),
        *(
            Goal(f"goodput at {row['share']:.0%} load", 0.9, row["goodput"])
            for row in result["open"]
            if row["share"] > 1
        ),
    ]


def _costs(result: Result) -> list[Goal]:
    """Return the goals for what the server adds to the engine: time, CPU time, memory, start."""
    ours = measured(result)[0]
    added = at(ours, 1)["p50_ms"] - sum(result["engine_ms"]) / len(result["engine_ms"])
    threads = EngineInfo.model_validate(result["engine"]).threads
    front = 1 - 1000 * threads / _ceiling(result) / at(ours, 64)["core_ms"]
    padding = at(ours, 64)["padding"] or 0.0
    beside = result["lists"]["p95_ms"] / result["lists"]["batch_ms"]
    memory = max(row["memory_mb"] for row in ours["closed"])
    return [
        Goal("at 1, ms added to the engine's own, median", 2, added, at_most=True),
        Goal("at 64, share of the CPU time that is not the engine's", 0.2, front, at_most=True),
        Goal("padding at 64", 0.1, padding, at_most=True),
        Goal("one text beside lists, p95 in micro-batches", 3, beside, at_most=True),
        Goal("MB under load", 500, memory, at_most=True),
        Goal("seconds to ready", 3, ours["ready_s"], at_most=True),
    ]
