"""The lane in the background gets all of an idle engine, and little of a busy one."""

import asyncio
from collections.abc import Sequence

import pytest

from sentiment.errors import NotReady, QueueFull
from sentiment.inference.fake import FakeEngine
from tests.support.askers import asking
from tests.support.runners import Gate, expected, make_runner


async def test_what_waits_in_the_background_is_answered_alike() -> None:
    engine = FakeEngine()
    texts = ["one", "a longer one", "x" * 50]
    answers = await make_runner(engine, max_batch_tokens=80).submit(texts, background=True)
    assert [each.result for each in answers] == [expected(engine, text) for text in texts]
    assert all(len(batch) * max(map(len, batch)) <= 80 / 4 or len(batch) == 1
               for batch in engine.batches)  # fmt: skip


async def test_plain_texts_are_computed_first_and_the_background_rests_between() -> None:
    """Behind a gate both lanes fill; then one small batch of the background goes first at most."""
    gate = Gate()
    engine = FakeEngine(before=gate)
    runner = make_runner(engine, max_batch_texts=1)
    first = asyncio.create_task(runner.submit(["0"]))
    await asyncio.to_thread(gate.reached.wait, 20)
    behind = asyncio.create_task(runner.submit(["b"] * 20, background=True))
    await asyncio.sleep(0.05)
    plain = asyncio.create_task(runner.submit(["p"] * 20))
    while runner.load().waiting_texts < 20:
        await asyncio.sleep(0.01)

    def slow(_: Sequence[Sequence[int]]) -> None:
        gate(_)

    engine.before = slow
    gate.open()
    await asyncio.gather(first, plain)
    order = ["".join(map(chr, batch[0])) for batch in engine.batches]
    assert order.count("p") == 20
    # Each batch here takes no time, so a rest is over at once; but never two in a row.
    assert "bb" not in "".join(order[: 1 + 20])
    await behind


async def test_so_many_wait_and_no_more() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate))
    waiting = [asyncio.create_task(runner.submit(["x"], background=True)) for _ in range(32)]
    await asyncio.to_thread(gate.reached.wait, 20)
    with pytest.raises(QueueFull, match="32 explanations"):
        await runner.submit(["x"], background=True)
    plain = asyncio.create_task(runner.submit(["y"]))  # which it does not keep out
    waiting[5].cancel()
    gate.open()
    assert len(await plain) == 1
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(each, list) for each in results) == 31


async def test_a_shutdown_waits_for_the_background_too() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate))
    behind = asyncio.create_task(runner.submit(["x", "y"], background=True))
    await asyncio.to_thread(gate.reached.wait, 20)
    closing = asyncio.create_task(runner.close(20))
    await asyncio.sleep(0.01)
    with pytest.raises(NotReady):
        await runner.submit(["z"], background=True)
    gate.open()
    await closing
    assert len(await behind) == 2


async def test_a_caller_with_many_explanations_leaves_room_and_turns_for_another() -> None:
    gate, order = Gate(), []
    engine = FakeEngine(before=gate)
    runner = make_runner(engine)

    async def explained(name: str) -> None:
        await runner.submit([name], background=True)
        order.append(name)

    with asking("greedy"):
        many = [asyncio.create_task(explained("g")) for _ in range(40)]
        await asyncio.to_thread(gate.reached.wait, 20)
    with asking("other"):
        other = asyncio.create_task(explained("o"))
        await asyncio.sleep(0.01)
    gate.open()
    await other
    refused = [each for each in await asyncio.gather(*many, return_exceptions=True) if each]
    assert all(isinstance(each, QueueFull) for each in refused)
    assert len(refused) == 40 - 24
    assert order.index("o") <= 2
