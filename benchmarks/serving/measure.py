"""Requests per second and latency of the server, against what a user would pick instead.

The same model, texts and truncation for every server, one after the other, each
in an environment of its own. Texts are cut beforehand to what the model reads.
A reply counts when it has the server's own answer to that text when it was idle.
Ours is measured before the others and after them, the engine alone before and
after ours, because machines drift.

  python -m benchmarks.serving                       every peer
  python -m benchmarks.serving --peers naive         this one
  python -m benchmarks.serving --seconds 3 --peers   ours alone, rough
"""

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.common import Goal, finish, goal_table, mixed_rate, reviews, table
from benchmarks.load import Load, Reply, send
from benchmarks.peers.environment import ENVIRONMENTS, PeerUnavailable, environment, versions
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.process import Server, serving
from sentiment import store
from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings
from sentiment.text import clean

CONCURRENCY = (1, 16, 64, 256)
SHARES = (0.5, 0.8, 1.5)
BUDGETS = (1024, 1536, 2048, 4096)
TEXTS = 256
_SAME = 0.05  # rounding in int8 and bf16 differs by the shape of a micro-batch
_OVERLOAD_QUEUE_TOKENS = 32_768  # under a second of work, so that a short run fills it
_LIST_TEXTS = 4_000
_BESIDE_LISTS = {  # room for several such lists at once
    "SENTIMENT_MAX_TEXTS": str(_LIST_TEXTS),
    "SENTIMENT_MAX_QUEUE_TOKENS": str(4_000_000),
}

OURS = Peer(
    name="sentiment",
    title="Sentiment",
    packages=("bentoml", "openvino"),
    start=(
        *("{bin}/bentoml", "serve", "service:Sentiment"),
        *("--host", "127.0.0.1", "--port", "{port}"),
    ),
    ready="/readyz",
)


def main() -> None:
    """Measure ours, then the peers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [peer.name for peer in PEERS]
    parser.add_argument("--peers", nargs="*", default=names, choices=names, metavar="NAME")
    parser.add_argument("--seconds", type=float, default=10, help="time for each figure")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the servers on its way out
    model, seconds = store.find(), given.seconds
    engine_before = engine_alone(model, seconds)
    texts = engine_before.pop("texts")
    ours = measure(OURS, model.folder, texts, seconds)
    if "skipped" in ours:
        sys.exit(f"error: {ours['skipped']}")
    engine_after = engine_alone(model, seconds)
    result: dict[str, Any] = {
        "model": model.tag,
        "max_length": model.card.truncation.max_length,
        "engine": engine_before["description"],
        "ceilings": [each["texts_per_s"] for each in (engine_before, engine_after)],
        "engine_ms": [each["median_ms"] for each in (engine_before, engine_after)],
        "open": list(open_loop(model.folder, texts, seconds, ours)),
        "lists": beside_lists(model.folder, texts, seconds),
    }
    peers = [peer for peer in PEERS if peer.name in given.peers]
    result["servers"] = [ours, *(measure(peer, model.folder, texts, seconds) for peer in peers)]
    again = replace(OURS, title="Sentiment, after the others")
    result["servers"].append(measure(again, model.folder, texts, seconds))
    finish("serving", result, tables)


def engine_alone(model: store.StoredModel, seconds: float) -> dict[str, Any]:
    """Return the ceiling, a text's time when it is alone, and the texts that it was told by."""
    predictor = Predictor.load(model, EngineSettings.parse({}))
    one_stream = Predictor.load(model, EngineSettings.parse({"streams": 1}))
    texts = cut(predictor, reviews(TEXTS))
    ids = [encoding.ids for encoding in predictor.tokenizer.encode_batch(texts)]
    times = []
    for text in ids:
        started = time.perf_counter()
        predictor.engine.logits([text], exclusive=True)
        times.append(time.perf_counter() - started)
    found = {
        "texts": texts,
        "description": predictor.engine.describe().model_dump(),
        "texts_per_s": max(
            mixed_rate(each.engine, ids, budget, seconds / 2)
            for each in (predictor, one_stream)
            for budget in BUDGETS
        ),
        "median_ms": float(np.median(times)) * 1000,
    }
    print(f"the engine alone: {found['texts_per_s']:.1f} texts/s", file=sys.stderr)
    return found


def cut(predictor: Predictor, texts: Sequence[str]) -> list[str]:
    """Return texts of which the model reads everything: what is kept of each, as text."""
    tokenizer = predictor.tokenizer
    kept = [tokenizer.decode(encoding) for encoding in tokenizer.encode_batch(texts)]
    encodings = tokenizer.encode_batch(kept)
    return [
        clean(text)
        for text, encoding in zip(kept, encodings, strict=True)
        if not encoding.truncated
    ]


def measure(peer: Peer, model_folder: Path, texts: list[str], seconds: float) -> dict[str, Any]:
    """Return a server's figures in the closed loop, or the reason that there are none."""
    print(f"{peer.name} ...", file=sys.stderr, flush=True)
    try:
        with _running(peer, model_folder) as server:
            alone = _alone(peer, server, texts)
            rows = []
            for callers in CONCURRENCY:
                row = _load(peer, server, texts, alone, seconds, concurrency=callers)
                rows.append({"concurrency": callers} | row)
                print(f"  {callers} callers: {row['per_s']:.1f}/s", file=sys.stderr, flush=True)
            return {
                "name": peer.name,
                "title": peer.title,
                "versions": versions(peer, _python(peer)),
                "ready_s": server.seconds_to_ready,
                "closed": rows,
            }
    except PeerUnavailable as error:
        return {"name": peer.name, "title": peer.title, "skipped": str(error)}


def open_loop(
    model_folder: Path, texts: list[str], seconds: float, ours: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield our figures at shares of the capacity that the closed loop at 64 found."""
    capacity = _at(ours, 64)["per_s"]
    variables = {"SENTIMENT_MAX_QUEUE_TOKENS": str(_OVERLOAD_QUEUE_TOKENS)}
    with _running(replace(OURS, variables=variables), model_folder) as server:
        alone = _alone(OURS, server, texts)
        for share in SHARES:
            found = _load(OURS, server, texts, alone, seconds, rate=share * capacity)
            yield {"share": share, "goodput": found["per_s"] / capacity} | found


def beside_lists(model_folder: Path, texts: list[str], seconds: float) -> dict[str, Any]:
    """Return how long single texts take while long lists wait, and a micro-batch's time."""
    repeated = (texts * (_LIST_TEXTS // len(texts) + 1))[:_LIST_TEXTS]
    body = json.dumps({"texts": repeated})
    with (
        _running(replace(OURS, variables=_BESIDE_LISTS), model_folder) as server,
        ThreadPoolExecutor(2) as pool,
        httpx.Client(base_url=server.url, timeout=300) as client,
    ):
        lists = [
            pool.submit(send, Load(f"{server.url}/predict/batch", [body], seconds, concurrency=1))
            for _ in range(2)
        ]
        while _metrics(server)["sentiment_queue_texts"] < _LIST_TEXTS:
            time.sleep(0.05)
        before, times = _metrics(server), []
        while not any(each.done() for each in lists) and len(times) < 50 * seconds:
            started = time.perf_counter()
            client.post("/predict", json={"text": texts[len(times) % len(texts)]})
            times.append(time.perf_counter() - started)
            time.sleep(0.1)
        after = _metrics(server)
        statuses = [reply.status for each in lists for reply in each.result()]
    grown = _grown(before, after)
    batch = grown["sentiment_inference_seconds_sum"] / grown["sentiment_inference_seconds_count"]
    return {
        "list_texts": _LIST_TEXTS,
        "lists": len(statuses),
        "lists_failed": sum(status != 200 for status in statuses),
        "singles": len(times),
        "batch_ms": batch * 1000,
        **{f"p{q}_ms": float(np.percentile(times, q)) * 1000 for q in (50, 95, 99)},
        "padding": _padding(grown),
    }


def _metrics(server: Server) -> dict[str, float]:
    """Return the server's own measurements, added up over their labels."""
    sums: dict[str, float] = {}
    exposition = httpx.get(f"{server.url}/metrics", timeout=30).text
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def _grown(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: value - before.get(name, 0.0) for name, value in after.items()}


def _padding(grown: dict[str, float]) -> float | None:
    """Return the share of padding in what was computed, where a server tells."""
    padding = grown.get("sentiment_padding_tokens_total")
    return padding and padding / (padding + grown["sentiment_tokens_total"])


def _python(peer: Peer) -> Path:
    return Path(sys.executable) if peer.name == OURS.name else environment(peer, ENVIRONMENTS)


@contextlib.contextmanager
def _running(peer: Peer, model_folder: Path) -> Iterator[Server]:
    with (
        tempfile.TemporaryDirectory(prefix=f"{peer.name}-", ignore_cleanup_errors=True) as work,
        serving(peer, _python(peer), model_folder, Path(work)) as server,
    ):
        yield server


def _alone(peer: Peer, server: Server, texts: list[str]) -> list[float]:
    """Return the server's answer to each text when nothing else is asked."""
    answers: list[float] = []
    while len(answers) < len(texts):
        rest = [peer.body(text).decode() for text in texts[len(answers) :]]
        replies = send(Load(server.url + peer.route, rest, seconds=2, concurrency=1))
        for reply in replies[: len(rest)]:
            if reply.status != 200:
                raise PeerUnavailable(f"It answered {reply.status}: {reply.body[:200]}")
            answers.append(peer.positive(json.loads(reply.body)))
    return answers


def _load(
    peer: Peer,
    server: Server,
    texts: list[str],
    alone: list[float],
    seconds: float,
    concurrency: int = 0,
    rate: float = 0.0,
) -> dict[str, Any]:
    """Return requests per second and latency of right answers, and the others by kind."""
    warmup = min(3.0, seconds / 2)
    bodies = [peer.body(text).decode() for text in texts]
    load = Load(server.url + peer.route, bodies, seconds + warmup, concurrency, rate)
    ours = peer.name == OURS.name
    counted, before = _metrics(server) if ours else {}, _cpu_seconds(server)
    everything = send(load)
    used = _cpu_seconds(server) - before
    grown = _grown(counted, _metrics(server)) if ours else {}
    replies = [reply for reply in everything if reply.ended >= warmup]
    kinds = [_kind(peer, reply, alone) for reply in replies]
    good = [reply for reply, kind in zip(replies, kinds, strict=True) if kind == "right"]
    in_time = sum(reply.ended <= load.seconds for reply in good)
    waited = np.asarray([reply.seconds for reply in good] or [np.nan]) * 1000
    return {
        "per_s": in_time / seconds,
        **{f"p{q}_ms": float(np.percentile(waited, q)) for q in (50, 95, 99)},
        "others": {kind: kinds.count(kind) for kind in sorted({*kinds} - {"right"})},
        "core_ms": used / len(everything) * 1000,
        "memory_mb": _memory_mb(server),
        "padding": _padding(grown),
    }


def _kind(peer: Peer, reply: Reply, alone: list[float]) -> str:
    if reply.status == 429:
        return "429 with Retry-After" if reply.retry_after else "429 without Retry-After"
    if reply.status != 200:
        return f"status {reply.status}" if reply.status else reply.body
    try:
        answer = peer.positive(json.loads(reply.body))
    except (ValueError, KeyError, TypeError, IndexError):
        return "no answer in the reply"
    return "right" if abs(answer - alone[reply.place]) <= _SAME else "wrong"


def _family(server: Server) -> list[psutil.Process]:
    return [server.process, *server.process.children(recursive=True)]


def _cpu_seconds(server: Server) -> float:
    times = [process.cpu_times() for process in _family(server)]
    return sum(each.user + each.system for each in times)


def _memory_mb(server: Server) -> float:
    """Return the memory of all its processes; what they share is counted once."""
    return sum(process.memory_full_info().pss for process in _family(server)) / 1e6


def _at(server: dict[str, Any], concurrency: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = server["closed"]
    return next(row for row in rows if row["concurrency"] == concurrency)


def goals(result: dict[str, Any]) -> list[Goal]:
    """Return the goals of serving that this result can tell of."""
    ours, *others, again = (each for each in result["servers"] if "closed" in each)
    found = {each["name"]: each for each in others}
    ours_per_s = {
        callers: (_at(ours, callers)["per_s"] + _at(again, callers)["per_s"]) / 2
        for callers in CONCURRENCY
    }
    ceiling = float(np.mean(result["ceilings"]))
    rows = [Goal("at 64, answers/s against the ceiling", 0.85, _at(ours, 64)["per_s"] / ceiling)]

    def against(words: str, asked: float, names: Sequence[str], callers: int) -> None:
        speeds = [_at(found[name], callers)["per_s"] for name in names if name in found]
        if speeds and max(speeds) > 0:
            rows.append(Goal(words, asked, ours_per_s[callers] / max(speeds)))

    onnx = [name for name in found if name.startswith("onnxruntime")]
    against("at 64, against the naive server", 6, ["naive"], 64)
    against("at 64, against the better ONNX Runtime int8", 1.8, onnx, 64)
    against("at 1, against the better ONNX Runtime int8", 1.2, onnx, 1)
    rest = [name for name in found if name not in ("naive", *onnx)]
    against("at 64, against the best other peer", 2, rest, 64)
    below = [
        *ours["closed"],
        *again["closed"],
        *(row for row in result["open"] if row["share"] < 1),
    ]
    failed = sum(count for row in below for count in row["others"].values())
    added = _at(ours, 1)["p50_ms"] - float(np.mean(result["engine_ms"]))
    engine_core_ms = 1000 * result["engine"]["threads"] / ceiling
    front = 1 - engine_core_ms / _at(ours, 64)["core_ms"]
    beside = result["lists"]
    rows += [
        Goal("failed or wrong answers below capacity", 0, failed, at_most=True),
        *(
            Goal(f"goodput at {row['share']:.0%} load", 0.9, row["goodput"])
            for row in result["open"]
            if row["share"] > 1
        ),
        Goal("at 1, ms added to the engine's own, median", 2, added, at_most=True),
        Goal("at 64, share of the CPU time that is not the engine's", 0.2, front, at_most=True),
        Goal("padding at 64", 0.1, _at(ours, 64)["padding"], at_most=True),
        Goal(
            "one text beside lists, p95 in micro-batches",
            3,
            beside["p95_ms"] / beside["batch_ms"],
            at_most=True,
        ),
        Goal("MB under load", 500, max(row["memory_mb"] for row in ours["closed"]), at_most=True),
        Goal("seconds to ready", 3, ours["ready_s"], at_most=True),
    ]
    return rows


def tables(result: dict[str, Any]) -> str:
    """Return the closed loop, the open loop, the lists and the goals as Markdown."""
    closed = [
        [
            each["title"],
            row["concurrency"],
            *_figures(row),
            f"{row['core_ms']:.1f}",
            f"{row['memory_mb']:.0f}",
            f"{each['ready_s']:.1f}",
        ]
        for each in result["servers"]
        for row in each.get("closed", [])
    ]
    columns = ["answers/s", "p50 ms", "p95 ms", "p99 ms", "others"]
    ceilings = " and ".join(f"{each:.1f}" for each in result["ceilings"])
    alone = " and ".join(f"{each:.1f}" for each in result["engine_ms"])
    lists = "{list_texts:,} texts: {singles} single texts took {p50_ms:.0f} ms at the median, "
    lists += "{p95_ms:.0f} at the 95th percentile, {p99_ms:.0f} at the 99th; a micro-batch took "
    lists += "{batch_ms:.0f} ms, padding was {padding:.1%}, {lists_failed} of {lists} lists failed."
    ours = result["servers"][0]
    padding = ", ".join(f"{row['padding']:.1%} at {row['concurrency']}" for row in ours["closed"])
    parts = [
        f"The engine alone, before and after ours: {ceilings} texts/s on all cores (the ceiling), "
        f"{alone} ms at the median for one text. Our padding: {padding}.",
        table(["server", "callers", *columns, "core-ms an answer", "MB", "ready in s"], closed),
        *(
            f"Skipped: {each['title']}: {each['skipped']}"
            for each in result["servers"]
            if "skipped" in each
        ),
        table(
            ["load", *columns, "goodput"],
            [
                [f"{row['share']:.0%}", *_figures(row), f"{row['goodput']:.2f}"]
                for row in result["open"]
            ],
        ),
        f"While lists wait of {lists.format(**result['lists'])}",
        goal_table(goals(result)),
        "; ".join(
            f"{each['title']}: {', '.join(map(' '.join, each['versions'].items()))}"
            for each in result["servers"]
            if "versions" in each
        )
        + ".",
    ]
    return "\n\n".join(parts)


def _figures(row: dict[str, Any]) -> list[str]:
    others = ", ".join(f"{count} {kind}" for kind, count in row["others"].items())
    times = [f"{row[f'p{q}_ms']:.0f}" for q in (50, 95, 99)]
    return [f"{row['per_s']:.1f}", *times, others or "0"]


if __name__ == "__main__":
    main()
