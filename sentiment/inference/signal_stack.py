"""Keeps a thread's signal stack as it is while OpenVINO is at work.

OpenVINO's CPU plugin gives the thread that loads it an alternate signal stack
(sigaltstack(2)), large enough for the registers of AMX, and unmaps it when the plugin is
destroyed. If another thread does that, the first is left with a stack that is no memory
any more, and the next signal that Python handles, which it does on that stack, is a crash:
Ctrl-C in `train.py` after a conversion. Without the plugin's stack signals are handled on
the thread's own, which is large enough.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator


class _Stack(ctypes.Structure):
    """`stack_t` as Linux has it."""

    _fields_ = (
        ("start", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("size", ctypes.c_size_t),
    )


@contextlib.contextmanager
def kept_signal_stack() -> Iterator[None]:
    """Give this thread back the alternate signal stack that it has now, or none.

    Nothing is done on systems other than Linux.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    sigaltstack = ctypes.CDLL(None).sigaltstack
    before = _Stack()
    sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        sigaltstack(ctypes.byref(before), None)
