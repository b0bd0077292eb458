"""Attacks on what is admitted: large bodies, costly texts, inputs that poison their neighbours."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.fire.attack import Attack, Scale, Seen, attack
from benchmarks.fire.sockets import (
    all_at_once,
    ask,
    counts,
    exchange,
    held_open,
    post,
    statuses,
    text_body,
)
from benchmarks.fire.target import MEMORY_MB, TEXT, Target
from sentiment.errors import UsageError
from sentiment.settings import ServingSettings

_REFUSED = {413, 429, 503, 504}
_WAIT_S = 2.0  # what others may wait while large bodies are parsed
_BODY = 8 << 20
_ASKED = {"text": TEXT}


def _slowest(target: Target, work: Callable[[], object]) -> float:
    """Return the longest that anyone waited for `/predict` or `/livez` while `work` ran."""
    slowest = 0.0
    with ThreadPoolExecutor(1) as pool, target.client() as client:
        running = pool.submit(work)
        while not running.done():
            for method, path, body in (("GET", "/livez", None), ("POST", "/predict", _ASKED)):
                since = time.monotonic()
                client.request(method, path, json=body)
                slowest = max(slowest, time.monotonic() - since)
        running.result()
    return slowest


@attack(
    "Lists of 80 texts of 99,000 full stops (7.9 MB), three at once, twice",
    f"answered or refused; at most {MEMORY_MB:.0f} MB",
)
def costly_texts(target: Target, _: Scale) -> Seen:
    body = json.dumps({"texts": ["." * 99_000] * 80}).encode()
    request = post(body, path="/predict/batch")
    found = [status for _ in range(2) for status in all_at_once(target, [request] * 3, 120)]
    return Seen(counts(found), set(found) <= {200} | _REFUSED)


@attack(
    "Bodies of 8 MB that never end, many at once",
    "others are answered meanwhile; memory within its bound",
)
def unfinished_bodies(target: Target, scale: Scale) -> Seen:
    sent = post(b" " * (_BODY - 1), announced=_BODY)
    with held_open(target, sent, scale.many) as connections:
        alive, right = target.status(), target.answers_as_before()
    return Seen(
        f"{len(connections)} open; /livez {alive}; another caller {'answered' if right else 'not'}",
        alive == 200 and right,
    )


@attack("16 bodies of 8 MB of `[[],[],…]` at once", f"others wait less than {_WAIT_S:g} s")
def many_small_values(target: Target, _: Scale) -> Seen:
    body = b'{"texts": [' + b"[]," * ((_BODY - 100) // 3) + b"[]]}"
    found: list[int] = []
    request = post(body, path="/predict/batch")
    slowest = _slowest(target, lambda: found.extend(all_at_once(target, [request] * 16)))
    held = slowest < _WAIT_S and set(found) <= {413, 422, 429, 503}
    return Seen(f"{counts(found)}; others waited up to {slowest:.2f} s", held)


@attack("32 callers of `/openapi.json` at once", f"others wait less than {_WAIT_S:g} s")
def openapi_for_many(target: Target, _: Scale) -> Seen:
    def work() -> None:
        with ThreadPoolExecutor(32) as pool, target.client() as client:
            list(pool.map(lambda _: client.get("/openapi.json"), range(128)))

    slowest = _slowest(target, work)
    return Seen(f"others waited up to {slowest:.2f} s", slowest < _WAIT_S)


@attack(
    "Lists with a lone surrogate, a number of 6,000 digits, an empty text, an object",
    "the bad text fails alone, its neighbours are answered",
)
def poisoned_lists(target: Target, _: Scale) -> Seen:
    bad = {
        "surrogate": r'"\ud800"',
        "digits": "9" * 6000,
        "empty": '""',
        "object": '{"a": 1}',
        "null": "null",
    }
    fell = []
    for name, text in bad.items():
        body = f'{{"texts": [{json.dumps(TEXT)}, {text}, {json.dumps(TEXT)}]}}'.encode()
        with target.client() as client:
            reply = client.post(
                "/predict/batch", content=body, headers={"Content-Type": "application/json"}
            )
        results = reply.json().get("results", []) if reply.status_code == 200 else []
        if ["error" in result for result in results] != [False, True, False]:
            fell.append(f"{name}: {reply.status_code}")
    return Seen(", ".join(fell) or f"{len(bad)} lists, each as promised", not fell)


@attack(
    "Bodies that are no JSON by the standard: NaN, a key twice, a lone surrogate, 6,000 digits, "
    "100,000 brackets",
    "400 or 422",
)
def no_json(target: Target, _: Scale) -> Seen:
    bodies = [
        b'{"text": NaN}',
        b'{"text": "a", "text": "b"}',
        rb'{"text": "\ud800"}',
        b'{"text": ' + b"9" * 6000 + b"}",
        b"[" * 100_000,
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text": "\xff\xfe"}',
        b"",
    ]
    found = [ask(target, post(body)) for body in bodies]
    return Seen(counts(found), set(found) <= {400, 422})


@attack(
    "Settings that are infinite, not a number, enormous or misspelt", "refused before the start"
)
def settings_without_a_bound(_: Target, __: Scale) -> Seen:
    values = {
        "DRAIN_SECONDS": ("inf", "nan", "1e18"),
        "TIMEOUT": ("inf", "nan", "1e18", "-1"),
        "THREADS": ("100000", "-1"),
        "STREAMS": ("100000",),
        "MAX_TEXTS": (str(10**15),),
        "MAX_QUEUE_TOKENS": (str(10**18),),
        "TIEMOUT": ("3",),
    }
    accepted = []
    for name, given in values.items():
        for value in given:
            try:
                ServingSettings.from_environment({f"SENTIMENT_{name}": value})
            except UsageError:
                continue
            accepted.append(f"{name}={value}")
    return Seen(f"accepted: {', '.join(accepted) or 'none'}", not accepted)


@attack(
    "`/metrics` asked for in each format of Prometheus", "the format and its media type are right"
)
def formats_of_metrics(target: Target, _: Scale) -> Seen:
    wanted = {
        "text/plain;version=0.0.4": "text/plain",
        "application/openmetrics-text;version=1.0.0": "application/openmetrics-text",
    }
    wrong = []
    for accept, kind in wanted.items():
        with target.client() as client:
            reply = client.get("/metrics", headers={"Accept": accept})
        ends = reply.text.rstrip().endswith("# EOF") == ("openmetrics" in kind)
        if not (reply.headers["content-type"].startswith(kind) and ends):
            wrong.append(f"{kind}: {reply.headers['content-type']}")
    return Seen("; ".join(wrong) or "both as asked", not wrong)


@attack(
    "Callers who leave as soon as their text is sent, one after the other", "the server goes on"
)
def callers_who_leave(target: Target, scale: Scale) -> Seen:
    for _ in range(scale.many):
        exchange(target, [post(text_body(TEXT))], seconds=0.001)
    after = statuses(exchange(target, [post(text_body(TEXT), "Connection: close")]))
    return Seen(f"the next caller: {counts(after)}", after == [200])


ATTACKS: tuple[Attack, ...] = (
    costly_texts,
    unfinished_bodies,
    many_small_values,
    openapi_for_many,
    poisoned_lists,
    no_json,
    settings_without_a_bound,
    formats_of_metrics,
    callers_who_leave,
)
