"""What waits, in which order it leaves, and in what company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.inference.encoding import Encoding
from sentiment.serving.queue import MicroBatchQueue


def of(*lengths: int) -> list[Encoding]:
    return [Encoding([1] * length, length) for length in lengths]


def queue(max_tokens: int = 100, max_texts: int = 8, lookahead: int = 32) -> MicroBatchQueue:
    return MicroBatchQueue(max_tokens, max_texts, lookahead)


def test_an_empty_queue_gives_an_empty_batch() -> None:
    assert queue().take() == []


def test_a_micro_batch_is_bounded_by_padded_tokens() -> None:
    waiting = queue(max_tokens=100)
    waiting.put(of(*[30] * 5))
    assert [item.tokens for item in waiting.take()] == [30, 30, 30]


def test_a_micro_batch_is_bounded_by_texts() -> None:
    waiting = queue(max_texts=4)
    waiting.put(of(*[1] * 6))
    assert len(waiting.take()) == 4


@pytest.mark.parametrize(("waiting", "taken"), [(3, [3]), (5, [4, 1]), (7, [6, 1])])
def test_micro_batches_come_in_few_sizes(waiting: int, taken: list[int]) -> None:
    full = queue(max_tokens=1000)
    full.put(of(*[10] * waiting))
    assert [len(full.take()) for _ in taken] == taken


def test_what_a_micro_batch_leaves_out_is_the_least_similar() -> None:
    waiting = queue(max_tokens=1000)
    for length in (20, 21, 22, 19, 30):
        waiting.put(of(length))
    assert sorted(item.tokens for item in waiting.take()) == [19, 20, 21, 22]


def test_a_text_longer_than_the_bound_goes_alone() -> None:
    waiting = queue(max_tokens=10)
    waiting.put(of(50, 2))
    assert [item.tokens for item in waiting.take()] == [50]


def test_texts_of_similar_length_share_a_micro_batch() -> None:
    waiting = queue(max_tokens=60)
    for length in (20, 3, 21, 4, 19):
        waiting.put(of(length))
    assert sorted(item.tokens for item in waiting.take()) == [19, 20]
    assert sorted(item.tokens for item in waiting.take()) == [3, 4]


def test_the_text_that_has_waited_longest_is_always_in_the_next_micro_batch() -> None:
    waiting = queue(max_tokens=10, max_texts=2)
    waiting.put(of(9))
    for _ in range(20):
        waiting.put(of(2))
    assert waiting.take()[0].tokens == 9


@pytest.mark.parametrize("length", [1, 20, 50])
def test_a_single_text_passes_a_long_list_within_three_micro_batches(length: int) -> None:
    waiting = queue(max_tokens=200, lookahead=64)
    waiting.put(of(*[3 + number % 47 for number in range(4000)]))
    for _ in range(5):
        waiting.take()
    single = waiting.put(of(length))
    taken = [waiting.take() for _ in range(3)]
    assert any(item.flow is single for batch in taken for item in batch)


def test_two_lists_share_the_engine_evenly() -> None:
    waiting = queue(max_tokens=40, max_texts=4, lookahead=4)
    first, second = waiting.put(of(*[10] * 40)), waiting.put(of(*[10] * 40))
    taken = [item.flow for _ in range(10) for item in waiting.take()]
    assert abs(taken.count(first) - taken.count(second)) <= 4


def test_a_list_is_not_starved_by_single_texts_that_keep_coming() -> None:
    waiting = queue(max_tokens=20, max_texts=2, lookahead=2)
    listed = waiting.put(of(*[10] * 10))
    for _ in range(60):
        waiting.put(of(10))
        waiting.put(of(10))
        waiting.take()
    assert listed.waiting == 0


def test_a_cancelled_request_leaves_no_texts_and_no_tokens_behind() -> None:
    waiting = queue()
    gone, stays = waiting.put(of(5, 6, 7)), waiting.put(of(8))
    assert waiting.cancel(gone) == 3
    assert (waiting.texts, waiting.tokens) == (1, 8)
    assert [item.flow for item in waiting.take()] == [stays]


def test_a_key_with_a_thousand_lists_does_not_delay_the_single_text_of_another() -> None:
    waiting = queue(max_tokens=200, lookahead=64)
    for _ in range(1000):
        waiting.put(of(*[40] * 8), caller="lists")
    for _ in range(5):
        waiting.take()
    single = waiting.put(of(40), caller="single")
    assert any(item.flow is single for item in waiting.take())


def test_a_thousand_lists_of_nobody_in_particular_go_before_a_later_text() -> None:
    """What the test above would see if the queue were fair between requests alone."""
    waiting = queue(max_tokens=200, lookahead=64)
    for _ in range(1000):
        waiting.put(of(*[40] * 8))
    for _ in range(5):
        waiting.take()
    single = waiting.put(of(40))
    assert not any(item.flow is single for _ in range(100) for item in waiting.take())


def test_two_keys_share_the_engine_evenly_however_many_requests_each_has() -> None:
    waiting = queue(max_tokens=40, max_texts=4, lookahead=8)
    many = [waiting.put(of(10), caller="many") for _ in range(400)]
    one = waiting.put(of(*[10] * 400), caller="one")
    taken = [item.flow for _ in range(40) for item in waiting.take()]
    assert abs(taken.count(one) - sum(flow in many for flow in taken)) <= 8


def test_within_a_key_a_single_text_still_passes_a_list() -> None:
    waiting = queue(max_tokens=100)
    waiting.put(of(*[10] * 1000), caller="key")
    waiting.put(of(*[10] * 1000), caller="other")
    for _ in range(5):
        waiting.take()
    single = waiting.put(of(10), caller="key")
    assert any(item.flow is single for _ in range(4) for item in waiting.take())


def test_who_was_idle_has_no_claim_to_the_time_in_which_it_did_not_ask() -> None:
    waiting = queue(max_tokens=10, max_texts=1, lookahead=8)
    waiting.put(of(*[10] * 1000), caller="busy")
    waiting.put(of(10), caller="idle")
    for _ in range(500):
        waiting.take()
    late = waiting.put(of(*[10] * 100), caller="idle")
    taken = [item.flow for _ in range(40) for item in waiting.take()]
    assert abs(taken.count(late) - 20) <= 1


def test_who_always_asks_again_at_once_gets_no_more_than_its_share() -> None:
    waiting = queue(max_tokens=10, max_texts=1, lookahead=8)
    waiting.put(of(*[10] * 1000), caller="list")
    again = 0
    waiting.put(of(10), caller="again")
    for _ in range(100):
        (item,) = waiting.take()
        if item.flow.lane.caller == "again":
            again += 1
            waiting.put(of(10), caller="again")
    assert abs(again - 50) <= 1


def test_callers_that_have_left_are_forgotten() -> None:
    waiting = queue(max_tokens=10, max_texts=1)
    flows = [waiting.put(of(5), caller=number) for number in range(100)]
    for flow in flows[1:]:
        waiting.cancel(flow)
    assert [item.flow for item in waiting.take()] == flows[:1]
    assert (waiting.texts, waiting.tokens, waiting.take()) == (0, 0, [])


lists = st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=12), max_size=15)


@given(
    lists=lists,
    taken_between=st.lists(st.integers(0, 3), max_size=15),
    texts=st.integers(1, 6),
    callers=st.integers(1, 4),
)
def test_every_text_leaves_exactly_once_within_the_bounds(
    lists: list[list[int]], taken_between: list[int], texts: int, callers: int
) -> None:
    waiting = queue(max_tokens=60, max_texts=texts, lookahead=5)
    batches = []
    for place, lengths in enumerate(lists):
        waiting.put(of(*lengths), caller=place % callers)
        batches += [waiting.take() for _ in range(dict(enumerate(taken_between)).get(place, 0))]
    while waiting.texts:
        batches.append(waiting.take())
    left = [(id(item.flow), item.place) for batch in batches for item in batch]
    assert len(left) == len(set(left)) == sum(map(len, lists))
    assert waiting.tokens == 0
    for batch in filter(None, batches):
        assert len(batch) <= texts
        assert len(batch) == 1 or batch[0].tokens * len(batch) <= 60
