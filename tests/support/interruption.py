"""Code of processes that are interrupted by SIGINT, as by Ctrl-C."""

import pytest

HEARS = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # behind a `&` it is ignored
ANOTHER_THREAD_HEARS = f"""\
{HEARS}
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})"""
"""So that the signal does not wake the main thread, as when it comes just before a wait begins."""

each_hearer = pytest.mark.parametrize(
    "hears", [HEARS, ANOTHER_THREAD_HEARS], ids=["the-thread-that-waits", "another-thread"]
)
