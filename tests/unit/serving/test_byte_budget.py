"""Bytes that requests take of the budget, and give back."""

import contextlib

import pytest

from sentiment.errors import QueueFull
from sentiment.serving.byte_budget import ByteBudget, Reservation
from tests.support.askers import asking

LIMIT = 1_000_000
POOL = LIMIT // 8  # of small bodies, on top of it
LARGE, SMALL = 400_000, 60_000


def test_what_does_not_fit_is_refused_and_takes_nothing() -> None:
    budget = ByteBudget(LIMIT)
    with Reservation(budget) as first, Reservation(budget) as second:
        first.grow(LARGE)
        second.grow(LARGE)
        with Reservation(budget) as third, pytest.raises(QueueFull, match="800,000 bytes"):
            third.grow(LARGE)
        assert budget.taken() == 2 * LARGE


def test_what_was_taken_is_given_back() -> None:
    budget = ByteBudget(LIMIT)
    for _ in range(10):
        with Reservation(budget) as body:
            body.grow(LARGE)
            body.grow(LIMIT)
    assert budget.taken() == 0


def test_a_body_that_grows_takes_its_whole_length_once() -> None:
    budget = ByteBudget(LIMIT)
    with Reservation(budget) as body:
        for size in (0, 10, SMALL, LARGE, LARGE, 900_000):
            body.grow(size)
            assert budget.taken() == size


def test_small_bodies_have_room_beside_large_ones_and_more_where_there_is_any() -> None:
    budget = ByteBudget(LIMIT)
    with Reservation(budget) as large, Reservation(budget) as small:
        large.grow(LIMIT)
        small.grow(SMALL)
        with Reservation(budget) as more:
            more.grow(SMALL)
            with Reservation(budget) as most, pytest.raises(QueueFull):
                most.grow(SMALL)
        large.grow(LARGE)
        with Reservation(budget) as again, Reservation(budget) as and_again:
            again.grow(SMALL)
            and_again.grow(SMALL)


@pytest.mark.parametrize("size", [SMALL, LARGE // 2])
def test_a_caller_with_many_bodies_leaves_room_for_that_of_another(size: int) -> None:
    budget = ByteBudget(LIMIT)
    with contextlib.ExitStack() as bodies:
        with asking("greedy"), contextlib.suppress(QueueFull):
            while True:
                bodies.enter_context(Reservation(budget)).grow(size)
        assert 0.5 * LIMIT < budget.taken() <= 0.75 * (LIMIT + POOL)
        with asking("other"), Reservation(budget) as body:
            body.grow(size)
    assert budget.taken() == 0


def test_one_body_may_take_all_of_the_budget_whoever_sends_it() -> None:
    budget = ByteBudget(LIMIT)
    with asking("one"), Reservation(budget) as body:
        for size in (LARGE, LIMIT - 1, LIMIT):
            body.grow(size)
