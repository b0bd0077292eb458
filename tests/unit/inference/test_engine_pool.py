"""Many texts over a fake engine: who waits for what, and what the engine is told."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from sentiment.inference.engine import Logits
from sentiment.inference.engine_pool import MAX_TEXTS, EnginePool
from sentiment.inference.fake import FakeEngine

IDS = [[2, *[token] * (1 + token % 9), 3] for token in range(5, 305)]


class RecordingEngine(FakeEngine):
    """Remembers which micro-batches it was to compute with all threads."""

    def __init__(self, streams: int = 1) -> None:
        super().__init__(streams=streams)
        self.exclusive: list[bool] = []

    def logits(self, batch: Sequence[Sequence[int]], exclusive: bool = False) -> Logits:
        self.exclusive.append(exclusive)
        return super().logits(batch, exclusive)


@pytest.mark.parametrize("streams", [1, 3])
def test_logits_come_in_the_order_of_the_texts(streams: int) -> None:
    engine = FakeEngine(streams=streams)
    with EnginePool(engine, 2) as pool:
        first, second = pool.submit(IDS), pool.submit(IDS[:7])
        found = [pending.logits() for pending in (first, second)]
    expected = np.stack([engine.expected(ids) for ids in IDS])
    np.testing.assert_array_equal(found[0], expected)
    np.testing.assert_array_equal(found[1], expected[:7])


def test_no_texts_have_no_rows() -> None:
    with EnginePool(FakeEngine(labels=3), 3) as pool:
        assert pool.submit([]).logits().shape == (0, 3)


def test_progress_tells_each_micro_batch_once() -> None:
    steps: list[int] = []
    with EnginePool(FakeEngine(), 2) as pool:
        pool.submit([[2, 3]] * (MAX_TEXTS + 6)).logits(steps.append)
    assert steps == [MAX_TEXTS, 6]


@pytest.mark.parametrize(
    ("texts", "asked", "told"),
    [
        (IDS[:4], True, [True]),
        (IDS[:4], False, [False]),
        ([[2, 3]] * (MAX_TEXTS + 1), True, [False, False]),
    ],
    ids=["only one", "not asked for", "several"],
)
def test_one_micro_batch_has_all_threads_if_the_caller_submits_nothing_else(
    texts: list[list[int]], asked: bool, told: list[bool]
) -> None:
    engine = RecordingEngine()
    with EnginePool(engine, 2) as pool:
        pool.submit(texts, exclusive=asked).logits()
    assert engine.exclusive == told


@pytest.mark.parametrize(("max_tokens", "batches"), [(10, 4), (20, 2), (40, 1)])
def test_a_micro_batch_has_at_most_so_many_padded_tokens(max_tokens: int, batches: int) -> None:
    engine = FakeEngine()
    with EnginePool(engine, 2, max_tokens) as pool:
        pool.submit([[5] * 10] * 4).logits()
    assert len(engine.batches) == batches


def test_as_many_micro_batches_are_computed_at_once_as_there_are_streams() -> None:
    together = threading.Barrier(2, timeout=20)
    engine = FakeEngine(streams=2, before=lambda _: together.wait() and None)
    with EnginePool(engine, 2, max_tokens=10) as pool:
        assert len(pool.submit([[5] * 10] * 2).logits()) == 2


def test_a_failure_is_raised_where_its_texts_are_waited_for() -> None:
    with EnginePool(FakeEngine(poison=9), 2) as pool:
        good, bad = pool.submit([[2, 3]]), pool.submit([[2, 9, 3]])
        assert len(good.logits()) == 1
        with pytest.raises(RuntimeError, match="told to fail"):
            bad.logits()


def test_leaving_drops_what_has_not_begun() -> None:
    begun, leaving = threading.Event(), threading.Event()

    def before(_: Sequence[Sequence[int]]) -> None:
        begun.set()
        assert leaving.wait(timeout=20)

    engine = FakeEngine(before=before)
    pool = EnginePool(engine, 2, max_tokens=10)
    pool.submit([[5] * 10] * 50)
    assert begun.wait(timeout=20)
    leaver = threading.Thread(target=pool.__exit__, args=(None, None, None))
    leaver.start()
    refused = threading.Event()
    while not refused.is_set():  # until leaving has begun, which drops what waits
        try:
            pool.submit([[5] * 10])
        except RuntimeError:
            refused.set()
    leaving.set()
    leaver.join(timeout=20)
    assert len(engine.batches) == 1
