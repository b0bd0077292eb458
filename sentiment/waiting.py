"""Waits without an end, which Ctrl-C ends within a second all the same.

A signal is handled by the main thread, between two instructions of Python. One that comes just
before a wait begins does not wake it, and neither does one that the system gave to another thread.
"""

import queue
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")

_LOOK_UP_S = 0.5


def result_of(future: Future[T]) -> T:
    """Return what a future brings; raise what it raises."""
    while not future.done():
        wait([future], _LOOK_UP_S)
    return future.result()


def next_of(arrived: "queue.Queue[T]") -> T:
    """Return the next item of a queue."""
    while True:
        try:
            return arrived.get(timeout=_LOOK_UP_S)
        except queue.Empty:
            continue
