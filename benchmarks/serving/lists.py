"""Single texts beside long lists: how long a caller waits while lists fill the queue."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx

from benchmarks.serving.counters import counters, growth, padding
from benchmarks.serving.load import Load, send
from benchmarks.serving.result import BesideLists
from benchmarks.serving.server_under_test import times
from benchmarks.serving.servers import OURS, running

_LIST_TEXTS = 4_000
_SENDERS = 2
_VARIABLES = {  # room for several such lists at once, all of whose texts wait for the encoder
    "SENTIMENT_CASCADE": "off",
    "SENTIMENT_MAX_TEXTS": str(_LIST_TEXTS),
    "SENTIMENT_MAX_QUEUE_TOKENS": str(4_000_000),
}


def beside_lists(model_folder: Path, texts: Sequence[str], seconds: float) -> BesideLists:
    """Measure how long single texts take while long lists wait, and a micro-batch's time."""
    repeated = ([*texts] * (_LIST_TEXTS // len(texts) + 1))[:_LIST_TEXTS]
    body = json.dumps({"texts": repeated})
    waited: list[float] = []
    with (
        running(replace(OURS, variables=_VARIABLES), model_folder) as server,
        ThreadPoolExecutor(_SENDERS) as pool,
        httpx.Client(base_url=server.url, timeout=300) as client,
    ):
        load = Load(f"{server.url}/predict/batch", [body], seconds, concurrency=1)
        lists = [pool.submit(send, load) for _ in range(_SENDERS)]
        while counters(server.url)["sentiment_queue_texts"] < _LIST_TEXTS:
            time.sleep(0.05)
        before = counters(server.url)
        while not any(sending.done() for sending in lists) and len(waited) < 50 * seconds:
            started = time.perf_counter()
            client.post("/predict", json={"text": texts[len(waited) % len(texts)]})
            waited.append(time.perf_counter() - started)
            time.sleep(0.1)
        grown = growth(before, counters(server.url))
        statuses = [reply.status for sending in lists for reply in sending.result()]
    batch = grown["sentiment_inference_seconds_sum"] / grown["sentiment_inference_seconds_count"]
    return {
        "list_texts": _LIST_TEXTS,
        "lists": len(statuses),
        "lists_failed": sum(status != 200 for status in statuses),
        "singles": len(waited),
        "batch_ms": batch * 1000,
        **times(waited),
        "padding": padding(grown),
    }
