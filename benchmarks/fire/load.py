"""Attacks by quantity: more than the server can do, and mixed traffic for a long time."""

import json
import random
import threading
import time
from collections import Counter

import httpx

from benchmarks.fire.attack import Attack, Scale, Seen, attack
from benchmarks.fire.sockets import exchange, head, post, text_body
from benchmarks.fire.target import TEXT, Target
from benchmarks.reviews import reviews
from benchmarks.serving.load import Load, send

_TEXTS = 64
_SAME = 0.05  # rounding in int8 and bf16 depends on the shape of the micro-batch
_OVER = 1.5
_SETTLE_S = 120.0
_GROWTH = 0.02
_CALLERS = 16


@attack(
    f"Requests at {_OVER:.0%} of what the server can do, in an open loop",
    "each is answered 200 or 429, and each 200 is right",
)
def overload(target: Target, scale: Scale) -> Seen:
    texts = reviews(_TEXTS)
    bodies = [json.dumps({"text": text}) for text in texts]
    url = f"{target.url}/predict"
    with target.client() as client:
        right = [
            _positive(client.post("/predict", content=body, headers=_JSON).text) for body in bodies
        ]
    replies = send(Load(url, bodies, seconds=5, concurrency=64))
    rate = _OVER * sum(reply.status == 200 for reply in replies) / 5
    found: Counter[str] = Counter()
    left = scale.requests
    while left > 0:  # in parts, because all replies of a part are in memory
        seconds = min(left / rate, 60)
        for reply in send(Load(url, bodies, seconds=seconds, rate=rate)):
            left -= 1
            found[_kind(reply.status, reply.body, right[reply.place])] += 1
    words = ", ".join(f"{count:,} x {kind}" for kind, count in sorted(found.items()))
    return Seen(f"at {rate:.0f} a second: {words}", set(found) <= {"200, right", "429"})


_JSON = {"Content-Type": "application/json"}


def _positive(body: str) -> float:
    return float(json.loads(body)["probabilities"]["positive"])


def _kind(status: int, body: str, right: float) -> str:
    if status != 200:
        return str(status) if status else body
    return "200, right" if abs(_positive(body) - right) <= _SAME else "200, wrong"


@attack(
    "Mixed traffic: single texts, lists, bad bodies, slow clients, resets, `/metrics`",
    f"resident memory grows by less than {_GROWTH:.0%} after the first two minutes; "
    "no 5xx but 503 and 504",
)
def mixed_traffic(target: Target, scale: Scale) -> Seen:
    found: Counter[int] = Counter()
    over = threading.Event()
    threads = [
        threading.Thread(target=_caller, args=(target, seed, over, found))
        for seed in range(_CALLERS)
    ]
    for thread in threads:
        thread.start()
    try:
        settle = min(_SETTLE_S, scale.mixed_s / 2)
        time.sleep(settle)
        before = _settled_mb(target)
        time.sleep(scale.mixed_s - settle)
        after = _settled_mb(target)
    finally:  # also of a run that is stopped
        over.set()
        for thread in threads:
            thread.join()
    growth = after / before - 1
    bad = {status for status in found if status >= 500 and status not in (503, 504)}
    words = ", ".join(f"{count:,} x {status or 'none'}" for status, count in sorted(found.items()))
    return Seen(
        f"{scale.mixed_s / 60:.1f} minutes: {words}; {before:.0f} to {after:.0f} MB, {growth:+.2%}",
        growth < _GROWTH and not bad,
    )


def _settled_mb(target: Target) -> float:
    """Return the least memory that is seen within two seconds: without what is in flight."""
    seen = []
    for _ in range(20):
        time.sleep(0.1)
        seen.append(target.memory_mb())
    return min(seen)


def _caller(target: Target, seed: int, over: threading.Event, found: Counter[int]) -> None:
    """Send one thing after the other, chosen at random, until it is over."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    while not over.is_set():
        try:
            with target.client() as client:
                for _ in range(20):
                    if over.is_set():
                        return
                    found[_one(target, client, chance)] += 1
        except httpx.HTTPError:
            found[0] += 1


def _one(target: Target, client: httpx.Client, chance: random.Random) -> int:
    kind = chance.random()
    words = " ".join(chance.choices(TEXT.split(), k=chance.randint(1, 300)))
    if kind < 0.6:
        return client.post("/predict", json={"text": words}).status_code
    if kind < 0.75:
        texts = [words[: chance.randint(1, len(words))] for _ in range(chance.randint(1, 64))]
        return client.post("/predict/batch", json={"texts": texts}).status_code
    if kind < 0.85:
        return client.post("/predict", content=b'{"text": ', headers=_JSON).status_code
    if kind < 0.9:
        return client.get("/metrics").status_code
    if kind < 0.95:  # leaves before it is answered
        exchange(target, [post(text_body(words))], seconds=0.001)
        return 0
    request = head("/predict", *(f"{name}: {value}" for name, value in _JSON.items()))
    exchange(target, [request[:20], request[20:40]], seconds=0.2)  # never says the rest
    return 0


ATTACKS: tuple[Attack, ...] = (overload, mixed_traffic)
