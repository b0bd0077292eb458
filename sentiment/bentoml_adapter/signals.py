"""The signals that stop a server and its workers, and who handles them."""

import signal
from collections.abc import Callable
from types import FrameType

HANGUP = getattr(signal, "SIGHUP", None)  # which Windows does not have


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
    if HANGUP is not None and not _ignores_hangup():
        signal.signal(HANGUP, handle)


def end_on_hangup() -> None:
    """Let the parent of the workers end when its terminal closes, as it does on SIGTERM.

    circus, which runs the workers, starts them anew instead, and they keep the port without
    anybody to see them. The workers themselves have `on_stop_signals`.
    """
    if HANGUP is None:
        return
    from circus.sighandler import SysHandler

    SysHandler.handle_hup = SysHandler.handle_winch if _ignores_hangup() else SysHandler.handle_term


def _ignores_hangup() -> bool:
    return HANGUP is None or signal.getsignal(HANGUP) is signal.SIG_IGN
