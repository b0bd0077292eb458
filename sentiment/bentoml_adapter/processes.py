"""The processes of `bentoml serve`: what they make on the disk, and what is done when one ends."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

_NO_FOLDER = "/dev/null/none"  # a path that cannot exist


def start_without_folders() -> None:
    """Let `bentoml serve`, the parent of the workers, make no folders.

    It makes one for metrics, which it empties even if another server uses it, and one for
    the sockets of dependent services, of which ours has none. Without them, on a full or
    read-only disk, it would not start. Call it before BentoML's server is started.
    """
    import bentoml.serving
    from _bentoml_impl.server import serving

    bentoml.serving.ensure_prometheus_dir = lambda *_, **__: _NO_FOLDER
    serving.tempfile = SimpleNamespace(mkdtemp=lambda *_, **__: _NO_FOLDER)


def end_where_nothing_can_listen(error: Callable[[str, int, OSError], str]) -> None:
    """Let `bentoml serve` end with the line that `error` returns if it can't have its port.

    `error` gets the address, the port, and what the system says. By itself BentoML ends with a
    traceback of circus, which binds the socket. Call it before BentoML's server is started.
    """
    from circus.sockets import CircusSocket

    socket_class: Any = CircusSocket
    bind_and_listen = socket_class.bind_and_listen

    def bind_or_end(listening: Any) -> None:
        try:
            bind_and_listen(listening)
        except OSError as cause:
            sys.exit(error(listening.host, listening.port, cause))

    socket_class.bind_and_listen = bind_or_end


def work_without_folders() -> None:
    """Let a worker of `bentoml serve` make no folder.

    BentoML makes one for the files that other services answer, and a server of ours asks none.
    Call it before the application starts.
    """
    from _bentoml_impl.client import proxy2

    folder = SimpleNamespace(name=_NO_FOLDER, cleanup=lambda: None)
    proxy2.tempfile = SimpleNamespace(TemporaryDirectory=lambda **_: folder)


def build_schema_once() -> None:
    """Let BentoML build what it answers at `/schema.json` once, and not for each caller."""
    from _bentoml_sdk.service import factory

    service_class: Any = factory.Service
    build = service_class.schema
    built: dict[int, Any] = {}

    def schema(service: Any) -> Any:
        if id(service) not in built:
            built[id(service)] = build(service)
        return built[id(service)]

    service_class.schema = schema


def keep_metrics_in_memory() -> None:
    """Let `prometheus_client` keep this worker's metrics in memory, not in files.

    BentoML names a folder to its workers, in which each maps files into its memory: where the
    disk is full, touching them is SIGBUS. Call it before the first metric is made.
    """
    from prometheus_client import values

    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    values.ValueClass = values.MutexValue


def watch_workers(
    environment: Callable[[int], Mapping[str, str]], ended: Callable[[int, int], bool]
) -> None:
    """Tell `ended` of each worker of `bentoml serve` that ends unasked, when it does.

    It gets the worker's pid and exit code, where a signal counts negative. If it returns True,
    another worker is started at once, else the server ends with exit code 1. `environment` gets
    the number of workers; what it returns is added to the environment of those started from
    then on. BentoML looks only every ten seconds, and starts none anew in a container.
    """
    import bentoml.serving

    create = bentoml.serving.create_watcher

    def prepare(watcher: Any, arbiter: Any, **_: Any) -> bool:
        watcher.env.update(environment(watcher.numprocesses))
        if threading.current_thread() is threading.main_thread():
            _notice_ends_at_once(arbiter)
        return True

    def reaped(watcher: Any, process_pid: int, exit_code: int, **_: Any) -> None:
        asked = watcher.is_stopping() or watcher.is_stopped()
        if not asked and not ended(process_pid, exit_code):
            sys.exit(1)

    def create_watched(*arguments: Any, **options: Any) -> Any:
        hooks = {"before_spawn": (prepare, False), "after_reap": (reaped, True)}
        watcher = create(*arguments, **options, hooks=hooks)
        watcher.respawn = True
        return watcher

    bentoml.serving.create_watcher = create_watched


def _notice_ends_at_once(arbiter: Any) -> None:
    """Let circus, which runs the workers, look after them whenever a child process ends."""
    from circus.exc import ConflictError

    loop: asyncio.AbstractEventLoop = arbiter.loop.asyncio_loop
    looks: set[asyncio.Task[None]] = set()

    async def look() -> None:
        try:
            await arbiter.manage_watchers()
        except ConflictError:  # it does so already, or something else with them
            loop.call_later(0.1, begin)
        except SystemExit as leaving:
            loop.call_soon(sys.exit, leaving.code)

    def begin() -> None:
        task = loop.create_task(look())
        looks.add(task)
        task.add_done_callback(looks.discard)

    loop.add_signal_handler(signal.SIGCHLD, begin)
