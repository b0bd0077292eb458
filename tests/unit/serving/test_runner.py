"""The runner's promises, each against the fake engine."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.calibration import probabilities
from sentiment.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    EngineFailed,
    NotReady,
    QueueFull,
)
from sentiment.inference.encoding import Encoding, NgramAnswer
from sentiment.inference.fake import FakeEngine
from sentiment.serving.throughput import Throughput
from tests.support.askers import asking
from tests.support.runners import POISON, Characters, Gate, Memory, expected, make_runner


def results(answers: list[Any]) -> list[Any]:
    return [answer.result for answer in answers]


async def test_each_text_gets_its_own_answer_in_order() -> None:
    engine = FakeEngine()
    texts = ["one", "a longer one", "x", "one"]
    answers = await make_runner(engine).submit(texts)
    assert results(answers) == [expected(engine, text) for text in texts]


class Decided(Characters):
    """A tokenizer whose n-grams answer every text that has an exclamation mark."""

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        return [
            replace(encoding, ngrams=NgramAnswer(np.array([1.0, 3.0]), decides="!" in text))
            for text, encoding in zip(texts, super().encode_batch(texts), strict=True)
        ]


async def test_what_the_n_grams_decide_never_reaches_the_engine() -> None:
    engine = FakeEngine()
    runner = make_runner(engine, tokenizer=Decided())
    answers = await runner.submit(["one", "sure!", "two"])
    assert answers[1].result == pytest.approx(probabilities(np.array([1.0, 3.0])).tolist())
    assert results(answers)[::2] == [expected(engine, "one"), expected(engine, "two")]
    assert sum(map(len, engine.batches)) == 2


class Combined(Characters):
    """A tokenizer whose n-grams say the same of every text, added to what the engine says."""

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        said = NgramAnswer(np.array([1.0, 3.0]), decides=False, weights=(0.0, 1.0))
        return [replace(encoding, ngrams=said) for encoding in super().encode_batch(texts)]


async def test_what_the_n_grams_add_is_in_the_answer() -> None:
    answers = await make_runner(FakeEngine(), tokenizer=Combined()).submit(["one", "two"])
    for answer in answers:
        assert answer.result == pytest.approx(probabilities(np.array([1.0, 3.0])).tolist())


async def test_no_texts_are_no_work() -> None:
    engine = FakeEngine()
    assert await make_runner(engine).submit([]) == []
    assert engine.batches == []


async def test_an_idle_engine_starts_at_once_with_one_text() -> None:
    engine = FakeEngine()
    runner = make_runner(engine)
    await runner.submit(["first"])
    await runner.submit(["second"])
    assert [len(batch) for batch in engine.batches] == [1, 1]


async def test_what_arrives_while_the_engine_is_busy_is_the_next_micro_batch() -> None:
    gate = Gate()
    engine = FakeEngine(before=gate)
    runner = make_runner(engine)
    first = asyncio.create_task(runner.submit(["first"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    rest = [asyncio.create_task(runner.submit([text])) for text in ("aa", "bb", "cc")]
    while runner.load().waiting_texts < 3:
        await asyncio.sleep(0.001)
    gate.open()
    await asyncio.gather(first, *rest)
    assert [len(batch) for batch in engine.batches] == [1, 3]


async def test_a_full_micro_batch_waits_for_a_stream_of_a_busy_engine() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate), max_batch_tokens=4, max_batch_texts=2)
    first = asyncio.create_task(runner.submit(["first"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    rest = [asyncio.create_task(runner.submit([text])) for text in ("aa", "bb", "cc")]
    while (load := runner.load()).waiting_texts != 1 or load.batches_in_flight != 2:
        await asyncio.sleep(0.001)
    gate.open()
    await asyncio.gather(first, *rest)


async def test_several_streams_compute_at_once() -> None:
    gate = Gate()
    engine = FakeEngine(streams=2, before=gate)
    runner = make_runner(engine, max_batch_texts=1)
    both = asyncio.create_task(runner.submit(["a", "b"]))
    while len(engine.batches) < 2:
        await asyncio.sleep(0.001)
    gate.open()
    assert results(await both) == [expected(engine, "a"), expected(engine, "b")]


async def test_a_failing_batch_is_split_until_only_the_culprit_fails() -> None:
    engine = FakeEngine(poison=ord(POISON))
    texts = ["good", f"bad {POISON}", "fine", "well", "nice"]
    answers = results(await make_runner(engine).submit(texts))
    assert isinstance(answers[1], EngineFailed)
    kept = [text for text in texts if POISON not in text]
    assert [a for a in answers if isinstance(a, list)] == [expected(engine, t) for t in kept]


class Forgetful(FakeEngine):
    """Loses the last result of every batch of more than one text."""

    def logits(self, batch: Any, exclusive: bool = False) -> Any:
        rows = super().logits(batch)
        return rows[:-1] if len(batch) > 1 else rows


async def test_a_batch_with_a_result_missing_is_computed_again_in_parts() -> None:
    engine = Forgetful()
    answers = await make_runner(engine).submit(["a", "b", "c"])
    assert results(answers) == [expected(engine, text) for text in "abc"]


class NotANumber(FakeEngine):
    """Answers NaN to the text `n`."""

    def logits(self, batch: Any, exclusive: bool = False) -> Any:
        rows = super().logits(batch).copy()
        rows[[ids == [ord("n")] for ids in batch]] = np.nan
        return rows


async def test_an_answer_that_is_no_number_fails_its_text_alone() -> None:
    engine = NotANumber()
    answers = results(await make_runner(engine).submit(["a", "n", "c"]))
    assert answers[0] == expected(engine, "a")
    assert isinstance(answers[1], EngineFailed)
    assert answers[2] == expected(engine, "c")


class Dying(FakeEngine):
    """Raises what is no `Exception`, as an interpreter shutting down does."""

    def logits(self, batch: Any, exclusive: bool = False) -> Any:
        raise KeyboardInterrupt


async def test_callers_are_answered_even_when_the_engine_thread_dies() -> None:
    (answer,) = await make_runner(Dying()).submit(["a"])
    assert isinstance(answer.result, EngineFailed)


class Steady(Throughput):
    """Never learns: the figures stay those that it was made with."""

    def computed(self, tokens: int, seconds: float) -> None:
        pass

    def tokenised(self, texts: int, tokens: int, all_tokens: int) -> None:
        pass


async def test_a_full_queue_refuses_with_the_time_its_tokens_take() -> None:
    gate, memory = Gate(), Memory()
    engine = FakeEngine(before=gate)
    runner = make_runner(
        engine,
        memory,
        throughput=Steady(tokens_per_second=100.0, tokens_per_text=400.0),
        max_queue_tokens=4000,
        max_batch_tokens=5000,
    )
    running = asyncio.create_task(runner.submit(["x"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    waiting = asyncio.create_task(runner.submit(["y" * 4000]))
    while runner.load().waiting_tokens < 4000:
        await asyncio.sleep(0.001)
    with pytest.raises(QueueFull) as refusal:
        await runner.submit(["z" * 400])
    assert refusal.value.retry_after_s == 5  # 401 tokens until there is room, at 100 a second
    assert memory.refusals == ["queue_full"]
    gate.open()
    await asyncio.gather(running, waiting)


async def test_no_more_waits_than_is_computed_in_half_the_time_that_callers_wait() -> None:
    gate, throughput = Gate(), Throughput()
    throughput.computed(tokens=1000, seconds=10)
    runner = make_runner(
        FakeEngine(before=gate), throughput=throughput, timeout=20, max_batch_tokens=5000
    )
    running = asyncio.create_task(runner.submit(["x"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    waiting = asyncio.create_task(runner.submit(["y" * 1500]))  # more, but nothing waits before it
    while runner.load().waiting_tokens < 1500:
        await asyncio.sleep(0.001)
    with pytest.raises(QueueFull):
        await runner.submit(["z"])
    gate.open()
    await asyncio.gather(running, waiting)


class Timed(Memory):
    """Keeps how long each micro-batch took, and what the throughput took of it."""

    def __init__(self) -> None:
        super().__init__()
        self.took: list[float] = []
        self.counted: list[float] = []

    def computed(self, texts: int, tokens: int, padded: int, seconds: float) -> None:
        self.took.append(seconds)


async def test_of_two_streams_at_once_each_is_half_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, memory, throughput = Gate(), Timed(), Throughput()
    runner = make_runner(FakeEngine(streams=2, before=gate), memory, throughput=throughput)
    monkeypatch.setattr(throughput, "computed", lambda _, seconds: memory.counted.append(seconds))
    both = [asyncio.create_task(runner.submit(["x" * 100])) for _ in range(2)]
    while runner.load().batches_in_flight < 2:
        await asyncio.sleep(0.001)
    gate.open()
    await asyncio.gather(*both)
    first, last = memory.took
    assert memory.counted == pytest.approx([first / 2, last])


async def test_a_caller_that_fills_the_queue_leaves_room_for_another() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate), max_queue_tokens=4000, max_batch_tokens=10)
    with asking("greedy"):
        lists = [asyncio.create_task(runner.submit(["x" * 50] * 4)) for _ in range(100)]
        while runner.load().waiting_tokens < 2800:
            await asyncio.sleep(0.001)
        with pytest.raises(QueueFull, match="of them yours"):
            await runner.submit(["x" * 50] * 4)
    with asking("other"):
        single = asyncio.create_task(runner.submit(["y" * 50]))
        while runner.load().waiting_tokens % 100 != 50:
            assert not single.done()
            await asyncio.sleep(0.001)
    gate.open()
    assert len(await single) == 1
    await asyncio.gather(*lists, return_exceptions=True)


async def test_without_callers_the_queue_is_filled_to_its_bound() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate), max_queue_tokens=4000, max_batch_tokens=10)
    lists = [asyncio.create_task(runner.submit(["x" * 50] * 4)) for _ in range(100)]
    while runner.load().waiting_tokens < 3800:
        await asyncio.sleep(0.001)
    gate.open()
    answers = await asyncio.gather(*lists, return_exceptions=True)
    assert sum(isinstance(each, list) for each in answers) >= 20


async def test_a_request_that_could_never_be_queued_is_too_large() -> None:
    runner = make_runner(FakeEngine(), max_queue_tokens=10)
    with pytest.raises(BodyTooLarge, match="Split"):
        await runner.submit(["a" * 6, "b" * 6])


async def test_a_late_request_is_answered_with_its_deadline_and_never_computed() -> None:
    gate, memory = Gate(), Memory()
    engine = FakeEngine(before=gate)
    runner = make_runner(engine, memory)
    running = asyncio.create_task(runner.submit(["first"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    with pytest.raises(DeadlineExceeded):
        await runner.submit(["late"], timeout=0.02)
    gate.open()
    await running
    await runner.close(5)
    assert len(engine.batches) == 1
    assert memory.refusals == ["deadline"]
    assert memory.depth == (0, 0)


async def test_an_abandoned_request_is_dropped_before_it_is_computed() -> None:
    gate = Gate()
    engine = FakeEngine(before=gate)
    runner = make_runner(engine)
    running = asyncio.create_task(runner.submit(["first"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    abandoned = asyncio.create_task(runner.submit(["left", "left too"]))
    while runner.load().waiting_texts < 2:
        await asyncio.sleep(0.001)
    abandoned.cancel()
    gate.open()
    await running
    await runner.close(5)
    assert len(engine.batches) == 1


async def test_closing_answers_what_was_accepted_and_refuses_what_comes_later() -> None:
    gate = Gate()
    engine = FakeEngine(before=gate)
    runner = make_runner(engine)
    accepted = [asyncio.create_task(runner.submit([text])) for text in ("a", "b", "c")]
    await asyncio.to_thread(gate.reached.wait, 10)
    closing = asyncio.create_task(runner.close(10))
    await asyncio.sleep(0)
    with pytest.raises(NotReady):
        await runner.submit(["later"])
    gate.open()
    answers = await asyncio.gather(*accepted)
    assert [results(each)[0] for each in answers] == [expected(engine, t) for t in "abc"]
    await closing


async def test_a_shutdown_that_runs_out_of_patience_still_answers_everyone() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate))
    accepted = [asyncio.create_task(runner.submit([text])) for text in ("a", "b")]
    await asyncio.to_thread(gate.reached.wait, 10)
    await runner.close(0.01)
    answers = await asyncio.gather(*accepted, return_exceptions=True)
    gate.open()
    assert [type(answer) for answer in answers] == [NotReady, NotReady]


async def test_a_shutdown_answers_those_who_are_still_being_tokenised() -> None:
    gate = Gate()

    class Slow(Characters):
        def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
            gate(None)
            return super().encode_batch(texts)

    engine = FakeEngine()
    runner = make_runner(engine, tokenizer=Slow())
    accepted = [asyncio.create_task(runner.submit([text])) for text in "abcd"]
    await asyncio.to_thread(gate.reached.wait, 10)
    await runner.close(0.01)
    answers = await asyncio.gather(*accepted, return_exceptions=True)
    gate.open()
    assert [type(answer) for answer in answers] == [NotReady] * 4
    assert engine.batches == []


class Watched(Characters):
    """Remembers what it is given, and stops at each text of many characters until it may go on."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.given: list[list[str]] = []

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        self.given.append(list(texts))
        if len(texts[0]) > 1000:
            self.gate(None)
        return super().encode_batch([text[:10] for text in texts])


async def test_lists_of_long_texts_are_tokenised_in_parts_between_which_others_come() -> None:
    tokenizer = Watched()
    runner = make_runner(FakeEngine(), tokenizer=tokenizer)
    long = "x" * 60_000
    lists = [asyncio.create_task(runner.submit([long] * 5)) for _ in range(2)]
    await asyncio.to_thread(tokenizer.gate.reached.wait, 10)
    single = asyncio.create_task(runner.submit(["one"]))
    await asyncio.sleep(0)  # it waits for a thread, behind what the lists have there
    tokenizer.gate.open()
    await asyncio.gather(single, *lists)
    assert max(map(len, tokenizer.given)) == 1
    assert tokenizer.given.index(["one"]) <= 3  # of eleven


async def test_what_nobody_waits_for_any_more_is_not_tokenised() -> None:
    tokenizer = Watched()
    runner = make_runner(FakeEngine(), tokenizer=tokenizer)
    left = asyncio.create_task(runner.submit(["x" * 60_000] * 5))
    await asyncio.to_thread(tokenizer.gate.reached.wait, 10)
    left.cancel()
    await asyncio.wait([left])
    tokenizer.gate.open()
    await runner.submit(["one"])
    assert len(tokenizer.given) == 2


async def test_what_waits_for_the_tokenizer_takes_its_place_in_the_queue() -> None:
    tokenizer, memory = Watched(), Memory()
    runner = make_runner(FakeEngine(), memory, tokenizer=tokenizer, max_queue_tokens=105)
    await runner.submit(["x" * 10])  # from which it knows how long texts are
    first = [asyncio.create_task(runner.submit(["x" * 1001])) for _ in range(10)]
    await asyncio.to_thread(tokenizer.gate.reached.wait, 10)
    with pytest.raises(QueueFull):
        await runner.submit(["x" * 10])
    tokenizer.gate.open()
    assert len(await asyncio.gather(*first)) == 10
    assert memory.refusals == ["queue_full"]


async def test_a_list_that_the_queue_cannot_hold_is_refused_before_all_is_tokenised() -> None:
    tokenizer = Watched()
    tokenizer.gate.open()
    runner = make_runner(FakeEngine(), tokenizer=tokenizer, max_queue_tokens=25)
    with pytest.raises(BodyTooLarge, match="Split"):
        await runner.submit(["x" * 60_000] * 9)
    assert len(tokenizer.given) == 3


async def test_closing_again_does_not_wait_again() -> None:
    gate = Gate()
    runner = make_runner(FakeEngine(before=gate))
    accepted = asyncio.create_task(runner.submit(["a"]))
    await asyncio.to_thread(gate.reached.wait, 10)
    await runner.close(0.01)
    async with asyncio.timeout(10):
        await runner.close(3600)
    gate.open()
    with pytest.raises(NotReady):
        await accepted


async def test_confidence_is_calibrated_once_by_the_temperature() -> None:
    engine = FakeEngine()
    runner = make_runner(engine, temperature=2.0)
    (answer,) = await runner.submit(["text"])
    assert max(answer.result) < max(expected(engine, "text"))


async def test_the_token_rate_is_measured() -> None:
    runner = make_runner(FakeEngine())
    before = runner.load().tokens_per_second
    await runner.submit(["a" * 500])
    assert runner.load().tokens_per_second != before


requests = st.lists(
    st.tuples(
        st.lists(
            st.text(st.sampled_from([*"abcxyz ", POISON]), min_size=1, max_size=30),
            min_size=1,
            max_size=20,
        ),
        st.sampled_from(["stay", "stay", "cancel", "deadline"]),
    ),
    min_size=1,
    max_size=25,
)


@given(requests=requests, streams=st.integers(1, 3), batch_texts=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_every_text_gets_exactly_one_answer_and_its_own(
    requests: list[tuple[list[str], str]], streams: int, batch_texts: int
) -> None:
    """Whatever the mix of lengths, failures, cancellations, deadlines and list sizes."""

    async def play() -> None:
        engine = FakeEngine(streams=streams, poison=ord(POISON))
        memory = Memory()
        runner = make_runner(engine, memory, max_batch_texts=batch_texts, max_batch_tokens=64)
        tasks = []
        for texts, fate in requests:
            limit = 1e-4 if fate == "deadline" else None
            tasks.append(asyncio.create_task(runner.submit(texts, limit)))
            await asyncio.sleep(0)
            if fate == "cancel":
                tasks[-1].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        for (texts, fate), answers in zip(requests, done, strict=True):
            if isinstance(answers, BaseException):
                wanted = {"cancel": asyncio.CancelledError, "deadline": DeadlineExceeded}
                assert isinstance(answers, wanted[fate])
                continue
            assert len(answers) == len(texts)
            for text, result in zip(texts, results(answers), strict=True):
                if POISON in text:
                    assert isinstance(result, EngineFailed)
                else:
                    assert result == expected(engine, text)
        await runner.close(10)
        assert memory.depth == (0, 0)

    asyncio.run(play())


async def test_the_wait_of_a_text_is_told_by_the_clock() -> None:
    moments = iter([10.0, 12.5])
    memory = Memory()
    await make_runner(FakeEngine(), memory, clock=lambda: next(moments)).submit(["a"])
    assert memory.waits == [2.5]
