"""Freed memory is returned again and again, until it is over or cannot be."""

import threading

from sentiment.serving.freed_memory import FreedMemory


def test_it_is_returned_until_it_is_stopped() -> None:
    often = threading.Semaphore(0)

    def give_back() -> bool:
        often.release()
        return True

    freed = FreedMemory(0.001, give_back)
    freed.start()
    for _ in range(3):
        assert often.acquire(timeout=10)
    freed.stop()
    freed.thread.join(10)
    assert not freed.thread.is_alive()


def test_where_it_cannot_be_returned_nobody_asks_again() -> None:
    asked = []

    def give_back() -> bool:
        asked.append(True)
        return False

    freed = FreedMemory(0.001, give_back)
    freed.start()
    freed.thread.join(10)
    assert not freed.thread.is_alive()
    assert asked == [True]
