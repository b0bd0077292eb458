"""Attacks on the door: keys that are none, roles, floods, forged addresses, greedy neighbours."""

import contextlib
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx

from benchmarks.fire.attack import Attack, Scale, Seen, attack
from benchmarks.fire.sockets import counts
from benchmarks.fire.target import TEXT, Target
from sentiment.serving.access.keys import ApiKey, hash_of, new_key
from sentiment.serving.access.keys_file import add_key, remove_keys
from sentiment.serving.access.roles import KEY_ROLES
from sentiment.serving.routes import ROUTES

_ASKED = {"text": TEXT}
_REREAD_S = 10.0
_LINES = 10  # of the log in a second, of refusals


@contextlib.contextmanager
def _locked(target: Target, **settings: str) -> Iterator[tuple[Target, Path]]:
    """Serve once more, with keys; yield it, asked with a good one, and the file of keys."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.txt"
        key = _add(path, "good")
        settings |= {"SENTIMENT_API_KEYS_FILE": str(path)}
        with target.another(key, **settings) as server:
            yield server, path


def _add(path: Path, name: str, **fields: object) -> str:
    key = new_key()
    add_key(path, ApiKey(name, hash_of(key), **fields))  # type: ignore[arg-type]
    return key


def _status(client: httpx.Client, key: str | bytes) -> int:
    header = b"Bearer " + (key.encode() if isinstance(key, str) else key)
    return client.post("/predict", json=_ASKED, headers={b"Authorization": header}).status_code


def _status_once(client: httpx.Client, key: str, wanted: int) -> int:
    """Return the status of a key once it is the one that is wanted, or time is over."""
    end = time.monotonic() + _REREAD_S
    while (status := _status(client, key)) != wanted and time.monotonic() < end:
        time.sleep(0.1)
    return status


@attack(
    "Keys that are wrong, cut, long (60,000 characters), not ASCII, expired, removed",
    "401, the removed one within seconds; no key and no fault in the log",
)
def wrong_keys(target: Target, _: Scale) -> Seen:
    with _locked(target) as (server, path), server.client() as client:
        late = _add(path, "late", until=date(2020, 1, 1))
        gone = _add(path, "gone")
        before = _status_once(client, gone, 200)
        remove_keys(path, lambda key: key.name == "gone")
        found = [_status_once(client, gone, 401), _status(client, late)]
        wrong: list[str | bytes] = [new_key(), server.key[:-1], "a" * 60_000]
        wrong += [b"\xff\xfe\x80", "schlüssel".encode()]
        found += [_status(client, key) for key in wrong]
        log = server.log()
    shown = [key for key in (late, gone, server.key) if key in log]
    held = before == 200 and set(found) == {401} and not shown and "Traceback" not in log
    return Seen(f"{counts(found)}; keys in the log: {len(shown)}", held)


@attack("Every route with every role, and with none", "401 without, 403 with another, else let in")
def roles_reach(target: Target, _: Scale) -> Seen:
    wrong = []
    with _locked(target) as (server, path), server.client() as client:
        keys = {role: _add(path, role, roles=(role,)) for role in KEY_ROLES}
        _status_once(client, keys["predict"], 200)
        for route in ROUTES:
            for role, key in [("", ""), *keys.items()]:
                headers = {"Authorization": f"Bearer {key}"} if key else {"Authorization": ""}
                body = None if route.body is None else _ASKED
                reply = client.request(route.method, route.path, json=body, headers=headers)
                inside = route.role in ("anyone", role) or role == "admin"
                wanted = 0 if inside else 403 if role else 401
                if wanted != (reply.status_code if reply.status_code in (401, 403) else 0):
                    wrong.append(f"{route.path} with {role or 'none'}: {reply.status_code}")
    asked = len(ROUTES) * (len(KEY_ROLES) + 1)
    return Seen("; ".join(wrong) or f"{asked} requests, each as promised", not wrong)


@attack(
    "The time of an answer to a key that differs in its last character, and to a random one",
    "medians differ by less than a quarter of what the middle half of the answers spreads",
)
def timing(target: Target, scale: Scale) -> Seen:
    took: dict[str, list[float]] = {"near": [], "far": []}
    with _locked(target) as (server, _), server.client() as client:
        near = server.key[:-1] + ("a" if server.key[-1] != "a" else "b")
        kinds = ["near", "far"] * min(scale.requests // 4, 5_000)
        random.shuffle(kinds)
        for kind in kinds:
            key = near if kind == "near" else new_key()
            since = time.perf_counter()
            _status(client, key)
            took[kind].append(time.perf_counter() - since)
    gap = abs(statistics.median(took["near"]) - statistics.median(took["far"]))
    low, _, high = statistics.quantiles(took["far"], n=4)
    return Seen(
        f"{gap * 1e6:.0f} µs apart; the middle half spreads over {(high - low) * 1e6:.0f} µs",
        gap < (high - low) / 4,
    )


@attack(
    "A flood of wrong keys from 16 connections",
    f"401; another key is answered all along; at most {_LINES} lines a second in the log",
)
def flood_of_wrong_keys(target: Target, scale: Scale) -> Seen:
    found: Counter[int] = Counter()
    with _locked(target) as (server, _):
        before, since = len(server.log().splitlines()), time.monotonic()

        def flood() -> None:
            with server.client() as client:
                for _ in range(scale.requests // 40):
                    found[_status(client, new_key())] += 1

        threads = [threading.Thread(target=flood) for _ in range(16)]
        for thread in threads:
            thread.start()
        answered = []
        while any(thread.is_alive() for thread in threads):
            answered.append(server.answers_as_before())
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - since
        lines = len(server.log().splitlines()) - before
    words = f"{counts(list(found.elements()))}; {sum(answered)} of {len(answered)} others answered"
    held = set(found) == {401} and all(answered) and lines <= _LINES * (seconds + 1)
    return Seen(f"{words}; {lines} lines in {seconds:.0f} s", held)


@attack(
    "A limit of 20 requests an address, and a forged `X-Forwarded-For` with each of 60",
    "at most 20 are answered",
)
def forged_addresses(target: Target, _: Scale) -> Seen:
    found = []
    with target.another(SENTIMENT_REQUESTS_PER_MINUTE="21") as server, server.client() as client:
        for last in range(60):
            headers = {"X-Forwarded-For": f"203.0.113.{last}", "X-Real-IP": f"203.0.113.{last}"}
            found.append(client.post("/predict", json=_ASKED, headers=headers).status_code)
    return Seen(counts(found), found.count(200) <= 20 and set(found) == {200, 429})


@attack(
    "A key with 16 lists of 128 texts at once, again and again, beside another with single texts",
    "the other is always answered, its median wait under a second",
)
def greedy_neighbour(target: Target, _: Scale) -> Seen:
    took, found, over = [], [], threading.Event()
    with _locked(target) as (server, path), server.client() as client:
        greedy = _add(path, "greedy")
        _status_once(client, greedy, 200)

        def lists() -> None:
            headers = {"Authorization": f"Bearer {greedy}"}
            with server.client() as asking:
                while not over.is_set():
                    asking.post("/predict/batch", json={"texts": [TEXT] * 128}, headers=headers)

        threads = [threading.Thread(target=lists) for _ in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        for _number in range(20):
            since = time.monotonic()
            found.append(client.post("/predict", json=_ASKED).status_code)
            took.append(time.monotonic() - since)
        over.set()
        for thread in threads:
            thread.join()
    median = statistics.median(took)
    words = f"{counts(found)}; median {median:.2f} s, longest {max(took):.2f} s"
    return Seen(words, set(found) == {200} and median < 1)


ATTACKS: tuple[Attack, ...] = (
    wrong_keys,
    roles_reach,
    timing,
    flood_of_wrong_keys,
    forged_addresses,
    greedy_neighbour,
)
