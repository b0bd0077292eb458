"""The order of training: what every process sees, and in which order."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.training.batches import LengthGroupedBatches

LENGTHS = st.lists(st.integers(1, 256), min_size=1, max_size=300)
SIZES = st.integers(1, 9)
PROCESSES = st.integers(1, 4)
unhurried = settings(deadline=None)  # a busy machine is no failure


def ranks(lengths: list[int], size: int, processes: int, **options: int) -> list[list[list[int]]]:
    """Return the batches of each process."""
    return [
        list(
            LengthGroupedBatches(
                lengths, size, rank=rank, processes=processes, **{"seed": 0, **options}
            )
        )
        for rank in range(processes)
    ]


@unhurried
@given(LENGTHS, SIZES, PROCESSES, st.integers(0, 5))
def test_every_text_is_used_exactly_once_an_epoch(
    lengths: list[int], size: int, processes: int, epoch: int
) -> None:
    shares = ranks(lengths, size, processes, epoch=epoch)
    used = Counter(index for share in shares for batch in share for index in batch)
    assert used == Counter(range(len(lengths)))


@unhurried
@given(LENGTHS, SIZES, PROCESSES)
def test_all_processes_get_equally_many_batches(
    lengths: list[int], size: int, processes: int
) -> None:
    assert len({len(share) for share in ranks(lengths, size, processes)}) == 1


@unhurried
@given(LENGTHS, SIZES, PROCESSES)
def test_no_process_gets_an_empty_batch_while_there_is_a_text_for_each(
    lengths: list[int], size: int, processes: int
) -> None:
    lengths += [1] * (processes - len(lengths))
    assert all(batch for share in ranks(lengths, size, processes) for batch in share)


@unhurried
@given(LENGTHS, SIZES, PROCESSES)
def test_no_batch_is_larger_than_asked_but_the_one_that_a_remainder_joined(
    lengths: list[int], size: int, processes: int
) -> None:
    batches = LengthGroupedBatches(lengths, size, seed=0, processes=processes).global_batches()
    larger = [len(batch) - size * processes for batch in batches if len(batch) > size * processes]
    assert larger in ([], [len(lengths) % (size * processes)])
    assert sum(larger) < processes


@unhurried
@given(LENGTHS, SIZES, PROCESSES)
def test_the_widest_text_is_in_the_first_batch(
    lengths: list[int], size: int, processes: int
) -> None:
    first = LengthGroupedBatches(lengths, size, seed=0, processes=processes).global_batches()[0]
    assert max(lengths[index] for index in first) == max(lengths)


def test_the_widest_text_comes_first_also_when_it_is_the_remainder_that_joins() -> None:
    """A lone text past a full group of batches joins a batch of that group."""
    texts = 2 * 50 + 1  # one more than a group of 50 global batches of two processes
    last = int(np.random.default_rng((0, 0)).permutation(texts)[-1])
    lengths = [10] * texts
    lengths[last] = 99
    batches = LengthGroupedBatches(lengths, 1, seed=0, processes=2).global_batches()
    assert last in batches[0]


@unhurried
@given(LENGTHS, SIZES, PROCESSES, st.data())
def test_skipping_leaves_out_exactly_the_first_batches(
    lengths: list[int], size: int, processes: int, data: st.DataObject
) -> None:
    whole = ranks(lengths, size, processes)
    skip = data.draw(st.integers(0, len(whole[0])))
    rest = ranks(lengths, size, processes, skip=skip)
    assert rest == [share[skip:] for share in whole]


@unhurried
@given(LENGTHS, SIZES, PROCESSES, st.data())
def test_the_length_is_the_number_of_batches_that_come(
    lengths: list[int], size: int, processes: int, data: st.DataObject
) -> None:
    count = len(ranks(lengths, size, processes)[0])
    skip = data.draw(st.integers(0, count))
    batches = LengthGroupedBatches(lengths, size, seed=0, processes=processes, skip=skip)
    assert len(batches) == len(list(batches)) == count - skip


def test_each_epoch_has_another_order() -> None:
    lengths = list(range(1, 65))
    orders = [ranks(lengths, 4, 1, epoch=epoch)[0] for epoch in range(3)]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_the_same_seed_gives_the_same_order() -> None:
    lengths = list(range(1, 65))
    assert ranks(lengths, 4, 2, seed=7, epoch=1) == ranks(lengths, 4, 2, seed=7, epoch=1)


def test_another_seed_gives_another_order() -> None:
    lengths = list(range(1, 65))
    assert ranks(lengths, 4, 1, seed=7) != ranks(lengths, 4, 1, seed=8)


def test_texts_of_one_length_are_not_always_batched_with_the_same_others() -> None:
    lengths = [16] * 64
    epochs = [{frozenset(b) for b in ranks(lengths, 4, 1, epoch=e)[0]} for e in range(2)]
    assert epochs[0] != epochs[1]


def test_grouping_wastes_far_less_padding_than_shuffling() -> None:
    generator = np.random.default_rng(1)
    lengths = np.clip(generator.lognormal(4.5, 0.7, 5000).astype(int), 8, 256)
    grouped = LengthGroupedBatches(lengths.tolist(), 16, seed=0).global_batches()
    shuffled = np.array_split(generator.permutation(len(lengths)), len(grouped))
    assert padding(lengths, grouped) < 0.1 * padding(lengths, shuffled)


def padding(lengths: np.ndarray, batches: list[list[int]] | list[np.ndarray]) -> int:
    """Return how many padding tokens the batches hold."""
    return sum(
        int(lengths[batch].max()) * len(batch) - int(lengths[batch].sum()) for batch in batches
    )
