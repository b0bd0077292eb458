"""Room, turns and threads: one who asks for everything leaves some for the others."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.serving.fairness import FairThreads, FairTurns, fair_room
from tests.support.askers import asking


def test_who_has_nothing_yet_may_take_all_that_is_left() -> None:
    assert fair_room(1000, 0, 0) == 1000
    assert fair_room(1000, 900, 0) == 100


def test_one_caller_alone_has_three_quarters_at_most() -> None:
    own = 0
    while (room := fair_room(1000, own, own)) >= 10:
        own += min(room, 10)
    assert 740 <= own <= 750


@given(left=st.integers(0, 10_000), others=st.integers(0, 10_000), own=st.integers(0, 10_000))
def test_nobody_takes_more_than_there_is(left: int, others: int, own: int) -> None:
    assert fair_room(left + others + own, others + own, own) <= left


async def in_turn(turns: FairTurns, order: list[str], name: str) -> None:
    await turns.begin()
    order.append(name)
    await asyncio.sleep(0)
    turns.end()


async def test_callers_take_turns_and_the_requests_of_each_come_in_order() -> None:
    turns, order = FairTurns(1), []
    await turns.begin()
    tasks = []
    for name in ("a0", "a1", "a2", "a3", "b0", "b1", "c0"):
        with asking(name[0]):
            tasks.append(asyncio.create_task(in_turn(turns, order, name)))
    await asyncio.sleep(0)
    turns.end()
    await asyncio.gather(*tasks)
    assert order == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


async def test_who_leaves_while_waiting_or_with_its_turn_come_holds_up_nobody() -> None:
    turns, order = FairTurns(1), []
    await turns.begin()
    waiting = [asyncio.create_task(in_turn(turns, order, str(number))) for number in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    turns.end()
    waiting[0].cancel()  # its turn has come, and it has not noticed
    await asyncio.gather(*waiting, return_exceptions=True)
    assert order == ["2"]
    await asyncio.wait_for(turns.begin(), 1)


@pytest.fixture
def threads() -> Iterator[FairThreads]:
    made = FairThreads(1, "test")
    yield made
    made.shutdown()


async def test_the_work_of_one_does_not_wait_for_all_of_anothers(threads: FairThreads) -> None:
    opened, order = threading.Event(), []

    def work(name: str) -> None:
        assert opened.wait(20)
        order.append(name)

    with asking("greedy"):
        many = [asyncio.create_task(threads.run(work, "greedy")) for _ in range(50)]
    with asking("single"):
        single = asyncio.create_task(threads.run(work, "single"))
    await asyncio.sleep(0.01)
    opened.set()
    await single
    await asyncio.gather(*many)
    assert order.index("single") <= 3


async def test_a_thread_hands_on_what_work_raises_and_goes_on(threads: FairThreads) -> None:
    with asking("one"):
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await threads.run(divmod, 1, 0)
        assert await threads.run(divmod, 7, 2) == (3, 1)


@pytest.mark.parametrize(("weight", "together"), [(0.5, True), (0.6, False)])
async def test_light_works_that_wait_share_a_thread_up_to_a_weight_of_1(
    threads: FairThreads, weight: float, together: bool
) -> None:
    """Those that share are delivered together, so the first waits for the second."""
    opened, second = threading.Event(), threading.Event()
    busy = [asyncio.create_task(threads.run(opened.wait, 20)) for _ in range(2)]
    await asyncio.sleep(0)
    light = [
        asyncio.create_task(threads.run(work, weight=weight))
        for work in (lambda: "first", lambda: second.wait(20))
    ]
    await asyncio.sleep(0)
    opened.set()
    await asyncio.gather(*busy)
    done, _ = await asyncio.wait(light, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
    assert done == (set() if together else {light[0]})
    second.set()
    assert await asyncio.gather(*light) == ["first", True]


async def test_of_works_that_share_a_thread_one_that_fails_fails_alone(
    threads: FairThreads,
) -> None:
    opened = threading.Event()
    busy = [asyncio.create_task(threads.run(opened.wait, 20)) for _ in range(2)]
    await asyncio.sleep(0)
    light = [asyncio.create_task(threads.run(divmod, 7, by, weight=0.1)) for by in (2, 0, 3, 4)]
    await asyncio.sleep(0)
    light[3].cancel()  # its caller leaves while it waits
    opened.set()
    found = await asyncio.gather(*busy, *light, return_exceptions=True)
    assert found[2] == (3, 1)
    assert isinstance(found[3], ZeroDivisionError)
    assert found[4] == (2, 1)
    assert isinstance(found[5], asyncio.CancelledError)
