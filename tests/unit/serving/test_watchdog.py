"""A loop that stands still is noticed by the watchdog's own ticks."""

import asyncio
import threading

from sentiment.serving.watchdog import Watchdog


async def test_a_loop_that_stands_still_is_ended() -> None:
    ended = threading.Event()
    Watchdog(patience=3, tick_s=0.01, end=ended.set).watch(asyncio.get_running_loop())
    assert ended.wait(20)  # which keeps the loop from turning


async def test_a_loop_that_turns_is_left_alone() -> None:
    ended = threading.Event()
    watchdog = Watchdog(patience=1000, tick_s=0.01, end=ended.set)
    watchdog.watch(asyncio.get_running_loop())
    await asyncio.sleep(0.5)
    watchdog.stop()
    assert not ended.is_set()


async def test_one_that_was_stopped_ends_nothing() -> None:
    ended = threading.Event()
    watchdog = Watchdog(patience=3, tick_s=0.01, end=ended.set)
    watchdog.watch(asyncio.get_running_loop())
    watchdog.stop()
    assert not ended.wait(0.5)  # which keeps the loop from turning
