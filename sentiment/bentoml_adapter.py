"""What is borrowed from BentoML and uvicorn beyond their public interfaces, under plain names.

Everything here may break when one of them is upgraded, and nothing else in the project
may: `tests/unit/test_bentoml_adapter.py` and `tests/processes/test_bentoml_adapter.py`
have one test for each function, which fails under its name. What their documentation
offers (`bentoml.models`, `bentoml.service`, ASGI) is used directly where it is needed.
This file knows neither routes nor what a stored model is made of.
"""

import contextlib
import logging.config
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore

# --- the model store ----------------------------------------------------------------


def models_folder() -> Path:
    """Return the folder of the model store; an entry lies in `NAME/VERSION` under it."""
    return Path(BentoMLContainer.model_store.get()._path)


@contextlib.contextmanager
def create_entry(
    folder: Path, name: str, labels: dict[str, str], metadata: dict[str, Any]
) -> Iterator[Any]:
    """Write a new entry under `folder` instead of into the store; yield BentoML's model.

    `bentoml.models.create` copies an entry into the store file by file, so that others
    see it half made. Its private argument names another store to write to.
    """
    with bentoml.models.create(
        name, labels=labels, metadata=metadata, _model_store=ModelStore(folder)
    ) as entry:
        yield entry


def publish_entry(folder: Path, tag: Any) -> None:
    """Move a whole entry from `folder` into the store, where it becomes the latest of its name.

    It appears in one step where both lie on one disk. Nothing is left of it otherwise.
    """
    target = models_folder() / tag.path()
    target.parent.mkdir(exist_ok=True)
    try:
        shutil.move(folder / tag.path(), target)
        (target.parent / "latest").write_text(tag.version)
    except BaseException:  # Ctrl-C as well
        shutil.rmtree(target, ignore_errors=True)
        raise


@contextlib.contextmanager
def only_models_of(folder: Path) -> Iterator[None]:
    """Make BentoML look for models in `folder` alone while the context lasts."""
    BentoMLContainer.model_store.set(ModelStore(folder))
    try:
        yield
    finally:
        BentoMLContainer.model_store.reset()


def model_of_bento(service: Any) -> str | None:
    """Return the tag of the model inside the Bento that is served, None outside of one."""
    return None if service.bento is None else str(service.bento.info.all_models[0].tag)


# --- the log ------------------------------------------------------------------------


def format_logs(formatter_factory: str) -> None:
    """Format the server's log lines with what a dotted name of a function returns.

    BentoML configures logging in the parent process and in each worker from one
    dictionary. This changes the dictionary, for the parts of BentoML that read it
    later, and applies it now, for the parts that have read it already.
    """
    from bentoml._internal.log import SERVER_LOGGING_CONFIG

    SERVER_LOGGING_CONFIG["formatters"]["traced"] = {"()": formatter_factory}
    logging.config.dictConfig({**SERVER_LOGGING_CONFIG, "disable_existing_loggers": False})


LOG_RECORD_EXTRAS = (
    *("levelname_bracketed", "component", "trace_msg"),
    *("request_id", "service_name", "color_message"),
)
"""What BentoML's log filter adds to each record for the sake of its own text format."""


# --- the server ---------------------------------------------------------------------


class UvicornServer:
    """The uvicorn server of this process, as `bentoml serve` starts it in each worker.

    BentoML gives no access to it: neither its command line nor its configuration sets
    what is needed here, and a middleware of the service runs inside BentoML's own.
    """

    def __init__(self, server: Any) -> None:
        self._server = server

    @classmethod
    def running(cls) -> "UvicornServer | None":
        """Return the server, or None where another ASGI server runs the application.

        uvicorn handles the signals to stop with a method of its server object, and that
        is the only place where the object can be found.
        """
        import uvicorn

        owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        return cls(owner) if isinstance(owner, uvicorn.Server) else None

    def wrap_application(self, wrap: Callable[[Any], Any]) -> None:
        """Replace the ASGI application, from the next connection on, by `wrap` of it."""
        config = self._server.config
        config.loaded_app = wrap(config.loaded_app)

    def keep_idle_connections(self, seconds: int) -> None:
        """Close a connection after so many seconds without a request."""
        self._server.config.timeout_keep_alive = seconds

    def stop(self, received: list[int], seconds: int) -> None:
        """Handle the signals `received` as uvicorn does; connections have `seconds` to end."""
        self._server.config.timeout_graceful_shutdown = seconds
        for number in stop_signals():
            signal.signal(number, self._server.handle_exit)
        for number in received:
            self._server.handle_exit(number, None)


def stop_signals() -> tuple[int, ...]:
    """Return the signals that uvicorn stops on, such as SIGINT and SIGTERM."""
    from uvicorn.server import HANDLED_SIGNALS

    return tuple(HANDLED_SIGNALS)


def on_stop_signals(handle: Callable[[int, FrameType | None], None]) -> None:
    """Call `handle` instead of uvicorn's own handler on each of `stop_signals()`."""
    for number in stop_signals():
        signal.signal(number, handle)
