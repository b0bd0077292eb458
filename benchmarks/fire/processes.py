"""Attacks on processes and the machine under them: signals, full disks, little memory."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from benchmarks.fire.attack import Attack, Scale, Seen, attack
from benchmarks.fire.memory_limit import limited_memory
from benchmarks.fire.target import TEXT, Target
from sentiment import bentoml_adapter

_READY_S = 7.0
_CALLERS = 64
_LOADED_S = 600  # a bound for what hangs; on a machine with six times as much to do it took 25 s


@attack(
    "`kill -9` of the worker", f"another is ready within {_READY_S:g} s; it is logged and counted"
)
def killed_worker(target: Target, _: Scale) -> Seen:
    worker = target.worker()
    since = time.monotonic()
    worker.kill()
    worker.wait(30)
    target.seconds_until_ready(60)
    took = time.monotonic() - since
    with target.client() as client:
        metrics = client.get("/metrics").text
    counted = "sentiment_worker_restarts_total 1.0" in metrics
    return Seen(
        f"ready after {took:.1f} s; {'counted' if counted else 'not counted'}",
        took < _READY_S and counted,
    )


@attack("`kill -9` of the parent", "nobody keeps the port")
def killed_parent(target: Target, _: Scale) -> Seen:
    with target.another() as other:
        worker = other.worker()
        other.server.process.kill()
        gone, _alive = psutil.wait_procs([worker], timeout=35)
        free = _is_free(other.address)
    return Seen(
        f"worker {'ended' if gone else 'runs on'}; port {'free' if free else 'taken'}", free
    )


@attack("The worker killed again and again", "after five times the server ends with a failure")
def killed_again(target: Target, _: Scale) -> Seen:
    with target.another() as other:
        kills = 0
        while other.server.process.is_running() and kills < 20:
            with contextlib.suppress(psutil.NoSuchProcess):
                other.worker().kill()
                kills += 1
            time.sleep(0.3)
            if other.server.process.status() == psutil.STATUS_ZOMBIE:
                break
        code = other.server.process.wait(30)
    return Seen(f"ended after {kills} kills, exit code {code}", kills <= 7 and code != 0)


@attack(
    f"SIGTERM with {_CALLERS} callers in a closed loop", "each has an answer, or none was begun"
)
def stopped_under_load(target: Target, _: Scale) -> Seen:
    found: Counter[str] = Counter()
    over = threading.Event()

    def call(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            while not over.is_set():
                try:
                    found[str(client.post("/predict", json={"text": TEXT}).status_code)] += 1
                except httpx.ConnectError:
                    return  # the port is closed: nothing was begun
                except httpx.HTTPError as error:
                    found[type(error).__name__] += 1
                    return

    with target.another() as other:
        threads = [threading.Thread(target=call, args=(other.url,)) for _ in range(_CALLERS)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        other.server.process.terminate()
        code = other.server.process.wait(60)
        over.set()
        for thread in threads:
            thread.join()
    words = ", ".join(f"{count:,} x {name}" for name, count in sorted(found.items()))
    return Seen(f"{words}; exit code {code}", set(found) <= {"200", "503"} and code in (0, None))


@attack("SIGHUP, as from a terminal that is closed", "it ends, and the port is free")
def hung_up(target: Target, _: Scale) -> Seen:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` has it ignored, by servers too
    with target.another() as other:
        signal.signal(signal.SIGHUP, before)
        other.server.process.send_signal(signal.SIGHUP)
        gone, _alive = psutil.wait_procs([other.server.process], timeout=40)
        free = _is_free(other.address)
    return Seen(
        f"{'ended' if gone else 'runs on'}; port {'free' if free else 'taken'}", bool(gone) and free
    )


@attack("A server that cannot write a byte to any file", "it answers")
def full_disk(target: Target, _: Scale) -> Seen:
    with _writing_nothing(), target.another() as other:
        right = other.answers_as_before()
    return Seen("answered" if right else "not answered", right)


@contextlib.contextmanager
def _writing_nothing() -> Iterator[None]:
    """Let servers that are started in this context write no file (RLIMIT_FSIZE)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@attack(
    "A byte of the weights flipped; 64 KB of zeros in their middle; half of them missing",
    "it never becomes ready, and names the file",
)
def damaged_weights(target: Target, _: Scale) -> Seen:
    seen = []
    for name, damage in (("flipped", _flip), ("zeros", _zeros), ("short", _cut)):
        with tempfile.TemporaryDirectory() as home:
            _copy_model(target, Path(home), damage)
            seen.append(f"{name}: {_what_it_says(target, home)}")
    return Seen("; ".join(seen), all("model.bin" in each for each in seen))


def _copy_model(target: Target, home: Path, damage: object) -> None:
    """Copy the model into another store, with its weights damaged; other files are linked."""
    store = bentoml_adapter.models_folder()
    where = target.model.folder.relative_to(store)
    copy = home / "models" / where
    shutil.copytree(target.model.folder, copy, copy_function=os.link)
    for weights in copy.rglob("model.bin"):
        content = bytearray(weights.read_bytes())
        weights.unlink()
        weights.write_bytes(damage(content))  # type: ignore[operator]


def _flip(content: bytearray) -> bytearray:
    content[len(content) // 3] ^= 0x40
    return content


def _zeros(content: bytearray) -> bytearray:
    start = len(content) * 3 // 10
    content[start : start + (64 << 10)] = bytes(64 << 10)
    return content


def _cut(content: bytearray) -> bytearray:
    return content[: len(content) // 2]


def _what_it_says(target: Target, home: str) -> str:
    """Return why a server with this store is not ready, or that it is."""
    command = [sys.executable, "-c", _LOAD]
    variables = os.environ | {"BENTOML_HOME": home, "SENTIMENT_MODEL": target.model.tag}
    try:
        ended = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=_LOADED_S
        )
    except subprocess.TimeoutExpired:
        return f"no word within {_LOADED_S} s"
    return (ended.stdout.strip().splitlines() or ["nothing"])[-1][:160]


_LOAD = """
import asyncio, service
from sentiment.serving.metrics import Metrics
async def start():
    service.MODEL_SERVER.start(Metrics())
    await service.MODEL_SERVER.started()
    try:
        service.MODEL_SERVER.require_ready()
        print("ready")
    except Exception as error:
        print(error)
asyncio.run(start())
"""


@attack(
    "Memory that runs out under a limit of a control group",
    "the worker dies and is started anew, or answers; it never hangs",
)
def little_memory(target: Target, _: Scale) -> Seen:
    with target.another() as other, limited_memory(other) as limit:
        if limit is None:
            return Seen("not done: no control group can be made here", False)
        with contextlib.suppress(httpx.HTTPError), other.client() as client:
            client.post("/predict/batch", json={"texts": ["good film " * 9_000] * 80})
        took = other.seconds_until_ready(60)
        right = took < 60 and other.answers_as_before()
    words = "answered" if right else "not answered"
    return Seen(f"limit {limit:.0f} MB; ready {took:.1f} s later; {words}", right)


ATTACKS: tuple[Attack, ...] = (
    killed_worker,
    killed_parent,
    killed_again,
    stopped_under_load,
    hung_up,
    full_disk,
    damaged_weights,
    little_memory,
)


def _is_free(address: tuple[str, int]) -> bool:
    """Return whether a server could listen at an address."""
    try:
        socket.create_server(address).close()
    except OSError:
        return False
    return True
