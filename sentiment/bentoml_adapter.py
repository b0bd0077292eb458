"""What is borrowed from BentoML and uvicorn beyond their public interfaces, under plain names.

Everything here may break when one of them is upgraded, and nothing else in the project
may: `tests/unit/test_bentoml_adapter.py` and `tests/processes/test_bentoml_adapter.py`
have one test for each function, which fails under its name. What their documentation
offers (`bentoml.models`, `bentoml.service`, ASGI) is used directly where it is needed.
This file depends neither on the routes nor on what a stored model contains.
"""

import asyncio
import contextlib
import ipaddress
import logging.config
import os
import select
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore

# --- the model store ----------------------------------------------------------------


def models_folder() -> Path:
    """Return the folder of the model store; an entry lies in `NAME/VERSION` under it."""
    make_folders_only_where_possible()
    return Path(BentoMLContainer.model_store.get()._path)


def make_folders_only_where_possible() -> None:
    """Let BentoML go on without those folders in `BENTOML_HOME` that it cannot make.

    It makes one each for models, Bentos, environments and work in progress before it reads any
    of them. A store that was copied here, and may only be read, need only have that of models.
    """
    from bentoml._internal.configuration import containers

    def make(home: str, *folders: str) -> None:
        for folder in (home, *folders):
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
            except OSError:
                if not Path(home, "models").is_dir():
                    raise

    module: Any = containers
    module.validate_or_create_dir = make


@contextlib.contextmanager
def create_entry(
    folder: Path, name: str, labels: dict[str, str], metadata: dict[str, Any]
) -> Iterator[Any]:
    """Write a new entry under `folder` instead of into the store; yield BentoML's model.

    `bentoml.models.create` copies an entry into the store file by file, so that other
    processes see it incomplete. Its private argument names another store to write to.
    """
    with bentoml.models.create(
        name, labels=labels, metadata=metadata, _model_store=ModelStore(folder)
    ) as entry:
        yield entry


def publish_entry(folder: Path, tag: Any) -> None:
    """Move a complete entry from `folder` into the store, as the latest of its name.

    It appears in one step if both are on one file system. If moving fails, nothing is left of it.
    """
    target = models_folder() / tag.path()
    target.parent.mkdir(exist_ok=True)
    try:
        shutil.move(folder / tag.path(), target)
        (target.parent / "latest").write_text(tag.version)
    except BaseException:  # Ctrl-C included
        shutil.rmtree(target, ignore_errors=True)
        raise


@contextlib.contextmanager
def only_models_of(folder: Path) -> Iterator[None]:
    """Make BentoML look for models only in `folder` while the context lasts."""
    BentoMLContainer.model_store.set(ModelStore(folder))
    try:
        yield
    finally:
        BentoMLContainer.model_store.reset()


def model_of_bento(service: Any) -> str | None:
    """Return the tag of the model inside the served Bento, or None if no Bento is served."""
    return None if service.bento is None else str(service.bento.info.all_models[0].tag)


# --- the log ------------------------------------------------------------------------


def format_logs(formatter_factory: str) -> None:
    """Format the server's log lines with the formatter that `formatter_factory` returns.

    It is the dotted name of a function. BentoML configures logging in the parent process
    and in each worker from one dictionary. This changes the dictionary, for the parts of
    BentoML that read it later, and applies it now, for the parts that have read it already.
    """
    from bentoml._internal.log import SERVER_LOGGING_CONFIG

    SERVER_LOGGING_CONFIG["formatters"]["traced"] = {"()": formatter_factory}
    logging.config.dictConfig({**SERVER_LOGGING_CONFIG, "disable_existing_loggers": False})


LOG_RECORD_EXTRAS = (
    *("levelname_bracketed", "component", "trace_msg"),
    *("request_id", "service_name", "color_message"),
)
"""Attributes that BentoML's log filter adds to each record for BentoML's own text format."""


def bracket_addresses_in_logs() -> None:
    """Write an IPv6 address as URLs need it in the line that says where the server listens."""
    logging.getLogger("bentoml.serve").addFilter(_bracket_addresses)


def _bracket_addresses(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(f"[{each}]" if _is_ipv6(each) else each for each in record.args)
    return True


def _is_ipv6(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.IPv6Address(value))
    except ValueError:
        return False


# --- the processes of `bentoml serve` -----------------------------------------------

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


def work_without_folders() -> None:
    """Let a worker of `bentoml serve` make no folder.

    BentoML makes one for the files that other services answer, and a server of ours asks none.
    Call it before the application starts.
    """
    from _bentoml_impl.client import proxy2

    folder = SimpleNamespace(name=_NO_FOLDER, cleanup=lambda: None)
    proxy2.tempfile = SimpleNamespace(TemporaryDirectory=lambda **_: folder)


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


# --- the server ---------------------------------------------------------------------

_HANGUP = getattr(signal, "SIGHUP", None)  # which Windows does not have


class UvicornServer:
    """The uvicorn server of this process, as `bentoml serve` starts it in each worker.

    BentoML gives no access to it: neither its command line nor its configuration sets
    what is needed here, and a middleware of the service runs only inside BentoML's own.
    """

    def __init__(self, server: Any) -> None:
        self._server = server

    @classmethod
    def running(cls) -> "UvicornServer | None":
        """Return the server, or None where another ASGI server runs the application.

        uvicorn handles SIGTERM with a method of its server object. The object can be
        reached only through this handler.
        """
        import uvicorn

        owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        return cls(owner) if isinstance(owner, uvicorn.Server) else None

    def wrap_application(self, wrap: Callable[[Any], Any]) -> None:
        """Replace the ASGI application by what `wrap` returns, from the next connection on."""
        config = self._server.config
        config.loaded_app = wrap(config.loaded_app)

    def make_connections(self, make: Callable[..., Any]) -> None:
        """Let `make` make each connection, with the arguments that uvicorn gives to its own."""
        config = self._server.config
        if not config.loaded:
            config.load()
        config.http_protocol_class = make

    async def stop_accepting(self) -> None:
        """Accept what has connected already, then take no connection any more.

        The parent process has the listening socket too, so to close it here is not enough:
        callers could still connect, and would wait until the parent ends. Shutting it down
        refuses them, which they may take for a reason to try another server.
        """
        servers = getattr(self._server, "servers", ())  # none before it has started
        listening = [
            socket.socket(fileno=os.dup(each.fileno()))
            for server in servers
            for each in server.sockets
        ]
        quiet = 0
        for _ in range(1000):  # without file descriptors left, for one, nothing can be accepted
            quiet = 0 if _ready_to_read(listening) else quiet + 1
            if quiet == 2:  # what was accepted in the turn before has been made a connection
                break
            await asyncio.sleep(0)  # a turn of the event loop, which accepts
        for server in servers:
            server.close()
        for each in listening:
            with each, contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RD)

    def keep_idle_connections(self, seconds: int) -> None:
        """Close a connection only after `seconds` without a request."""
        self._server.config.timeout_keep_alive = seconds

    def certificate_files(self) -> tuple[Path, ...]:
        """Return the files of the certificate and its key, none where there is no TLS."""
        config = self._server.config
        return tuple(Path(each) for each in (config.ssl_certfile, config.ssl_keyfile) if each)

    def renew_certificate(self) -> None:
        """Read these files again, for the connections from now on.

        Raises `OSError` where they do not fit, and then the former ones are still in use:
        to load others into the context that is in use could leave it without a key.
        """
        from uvicorn.config import create_ssl_context

        config = self._server.config
        names = ("certfile", "keyfile", "cert_reqs", "ca_certs", "ciphers")
        options = {name: getattr(config, f"ssl_{name}") for name in names}
        fresh = create_ssl_context(
            **options, password=config.ssl_keyfile_password, ssl_version=config.ssl_version
        )

        def present(connection: Any, *_: Any) -> None:
            connection.context = fresh

        config.ssl.sni_callback = present  # called whether the caller names a host or not

    def stop(self, received: list[int], seconds: int) -> None:
        """Let uvicorn handle the signals `received`, and give connections `seconds` to end."""
        self._server.config.timeout_graceful_shutdown = seconds
        for number in stop_signals():
            signal.signal(number, self._server.handle_exit)
        for number in received:
            self._server.handle_exit(signal.SIGTERM if number == _HANGUP else number, None)


def _ready_to_read(sockets: Iterable[socket.socket]) -> bool:
    poll = select.poll()
    for each in sockets:
        poll.register(each, select.POLLIN)
    return bool(poll.poll(0))


def stop_signals() -> tuple[int, ...]:
    """Return the signals that uvicorn stops on, such as SIGINT and SIGTERM."""
    from uvicorn.server import HANDLED_SIGNALS

    return tuple(HANDLED_SIGNALS)


def on_stop_signals(handle: Callable[[int, FrameType | None], None]) -> None:
    """Call `handle`, not uvicorn's own handler, on `stop_signals()` and when a terminal closes.

    What ignores SIGHUP, as `nohup` makes it, goes on ignoring it.
    """
    for number in stop_signals():
        signal.signal(number, handle)
    if _HANGUP is not None and not _ignores_hangup():
        signal.signal(_HANGUP, handle)


def end_on_hangup() -> None:
    """Let the parent of the workers end when its terminal closes, as it does on SIGTERM.

    circus, which runs the workers, starts them anew instead, and they keep the port without
    anybody to see them. The workers themselves have `on_stop_signals`.
    """
    if _HANGUP is None:
        return
    from circus.sighandler import SysHandler

    SysHandler.handle_hup = SysHandler.handle_winch if _ignores_hangup() else SysHandler.handle_term


def _ignores_hangup() -> bool:
    return _HANGUP is None or signal.getsignal(_HANGUP) is signal.SIG_IGN
