import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sentiment.inference.batching import by_length, step_length, step_size

any_lengths = given(
    lengths=some.lists(some.integers(1, 60)),
    max_tokens=some.integers(1, 200),
    max_texts=some.integers(1, 8),
)
repeatable = settings(derandomize=True, deadline=None, database=None)


@pytest.mark.parametrize(
    ("lengths", "max_tokens", "max_texts", "batches"),
    [
        ([], 100, 8, []),
        ([5], 100, 8, [[0]]),
        ([5, 9, 7], 100, 8, [[1, 2, 0]]),
        ([5, 9, 7], 100, 2, [[1, 2], [0]]),
        ([10, 10, 10], 20, 8, [[0, 1], [2]]),
        ([10, 10, 10], 29, 8, [[0, 1], [2]]),
        ([10, 1, 1], 20, 8, [[0, 1], [2]]),
        ([50, 5, 5], 20, 8, [[0], [1, 2]]),
    ],
    ids=[
        *("no text", "one text", "longest first", "texts bounded", "tokens bounded"),
        *("tokens bounded, not reached", "padding counts", "too long goes alone"),
    ],
)
def test_texts_are_grouped(
    lengths: list[int], max_tokens: int, max_texts: int, batches: list[list[int]]
) -> None:
    assert list(by_length(lengths, max_tokens, max_texts)) == batches


@repeatable
@any_lengths
def test_every_text_is_in_one_batch(lengths: list[int], max_tokens: int, max_texts: int) -> None:
    batches = by_length(lengths, max_tokens, max_texts)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))


@repeatable
@any_lengths
def test_no_batch_exceeds_its_bounds(lengths: list[int], max_tokens: int, max_texts: int) -> None:
    for batch in by_length(lengths, max_tokens, max_texts):
        padded = max(lengths[index] for index in batch) * len(batch)
        assert len(batch) <= max_texts
        assert padded <= max_tokens or len(batch) == 1


@repeatable
@any_lengths
def test_batches_go_from_long_to_short(lengths: list[int], max_tokens: int, max_texts: int) -> None:
    batches = by_length(lengths, max_tokens, max_texts)
    in_order = [lengths[index] for batch in batches for index in batch]
    assert in_order == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("texts", "step"), [(1, 1), (2, 2), (3, 3), (5, 4), (7, 6), (11, 8), (47, 32), (48, 48)]
)
def test_numbers_of_texts_come_in_steps(texts: int, step: int) -> None:
    assert step_size(texts) == step


@pytest.mark.parametrize(
    ("tokens", "max_length", "step"),
    [(1, 192, 16), (16, 192, 16), (17, 192, 32), (65, 192, 96), (192, 192, 192), (50, 50, 50)],
)
def test_lengths_come_in_steps_that_the_model_can_read(
    tokens: int, max_length: int, step: int
) -> None:
    assert step_length(tokens, max_length) == step


@repeatable
@any_lengths
def test_all_batches_of_one_length_but_the_last_have_a_step_of_texts(
    lengths: list[int], max_tokens: int, max_texts: int
) -> None:
    batches = list(by_length([9] * len(lengths), max_tokens, max_texts))
    assert all(step_size(len(batch)) == len(batch) for batch in batches[:-1])
