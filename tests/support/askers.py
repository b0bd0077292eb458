"""Callers for tests of what is fair between them, without a door that has let them in."""

import contextlib
from collections.abc import Iterator

from sentiment.serving.access.caller import Caller, set_caller


@contextlib.contextmanager
def asking(name: str) -> Iterator[None]:
    """Let a caller ask what is asked meanwhile, and the tasks that are made."""
    set_caller(Caller(name, f"key/{name}"))
    try:
        yield
    finally:
        set_caller(None)
