import numpy as np
import pytest

from sentiment.inference.engine import pad
from sentiment.inference.fake import FakeEngine


def test_shorter_texts_are_filled_up_to_the_longest() -> None:
    ids, mask = pad([[5, 6, 7], [8]], pad_id=9)
    assert ids.tolist() == [[5, 6, 7], [8, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_texts_are_filled_up_to_a_length_asked_for() -> None:
    ids, mask = pad([[5, 6], [8]], pad_id=0, length=4)
    assert ids.tolist() == [[5, 6, 0, 0], [8, 0, 0, 0]]
    assert mask.sum() == 3


def test_a_token_that_equals_the_padding_is_still_read() -> None:
    _, mask = pad([[0, 0]], pad_id=0)
    assert mask.tolist() == [[1, 1]]


def test_ids_and_mask_are_the_integers_that_models_take() -> None:
    ids, mask = pad([[1]], pad_id=0)
    assert (ids.dtype, mask.dtype) == (np.int64, np.int64)


# --- the fake engine: other tests rest on what is claimed here ----------------------


def test_the_fake_answers_each_text_by_its_own_ids() -> None:
    engine = FakeEngine()
    rows = engine.logits([[1, 2], [3]])
    np.testing.assert_array_equal(rows, [engine.expected([1, 2]), engine.expected([3])])


def test_the_fake_tells_texts_apart_by_their_order_too() -> None:
    engine = FakeEngine()
    assert engine.expected([1, 2]).tolist() != engine.expected([2, 1]).tolist()


@pytest.mark.parametrize("labels", [2, 5])
def test_the_fake_gives_one_float32_logit_a_label(labels: int) -> None:
    rows = FakeEngine(labels=labels).logits([[1], [2]])
    assert (rows.shape, rows.dtype) == ((2, labels), np.float32)


def test_the_fake_remembers_its_batches() -> None:
    engine = FakeEngine()
    engine.logits([[1, 2], [3]])
    engine.logits([[4]])
    assert engine.batches == [[[1, 2], [3]], [[4]]]


def test_the_fake_fails_on_a_batch_with_the_poison() -> None:
    engine = FakeEngine(poison=13)
    with pytest.raises(RuntimeError, match="told to fail"):
        engine.logits([[1], [2, 13]])


def test_the_fake_answers_a_batch_without_the_poison() -> None:
    assert len(FakeEngine(poison=13).logits([[1], [2]])) == 2


def test_the_fake_lets_a_test_step_in_before_it_answers() -> None:
    sizes: list[int] = []
    FakeEngine(before=lambda batch: sizes.append(len(batch))).logits([[1], [2]])
    assert sizes == [2]


def test_the_fake_describes_itself_like_the_real_ones() -> None:
    described = FakeEngine(streams=3).describe()
    assert (described.backend, described.precision, described.streams) == ("fake", "fp32", 3)
