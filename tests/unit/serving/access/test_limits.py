"""Limits in requests and tokens: what fits, when more fits, and what the caller is told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import BodyTooLarge, LimitExceeded
from sentiment.serving.access.limits import Limiter, Use
from sentiment.serving.access.window_store import LocalWindows
from sentiment.settings import ServingSettings
from tests.support.limits import admitted, caller


class Clock:
    def __init__(self) -> None:
        self.now = 6000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    return Limiter(ServingSettings(), clock)


async def test_no_more_requests_than_the_limit_in_a_minute(limiter: Limiter, clock: Clock) -> None:
    assert await admitted(limiter, 5) == 5
    clock.now += 59
    assert await admitted(limiter, 5) == 0


async def test_each_caller_has_a_limit_of_its_own(limiter: Limiter) -> None:
    assert await admitted(limiter, 5, name="one") == 5
    assert await admitted(limiter, 5, name="other") == 5


async def test_the_turn_of_a_minute_does_not_give_two_minutes_worth(
    limiter: Limiter, clock: Clock
) -> None:
    clock.now += 59
    assert await admitted(limiter, 60) == 60
    clock.now += 2
    assert await admitted(limiter, 60) <= 2


async def test_the_minutes_of_a_server_begin_with_it(clock: Clock) -> None:
    clock.now += 59.9
    limiter = Limiter(ServingSettings(), clock)
    assert await admitted(limiter, 3) == 3
    clock.now += 0.2
    assert await admitted(limiter, 3) == 0


async def test_without_a_limit_nothing_is_counted(limiter: Limiter) -> None:
    asking = caller()
    await limiter.admit(asking, 0, 0)
    await asking.charge(10**9)
    assert asking.fields() == {}


async def test_tokens_are_charged_and_the_request_that_goes_past_is_refused(
    limiter: Limiter,
) -> None:
    first, second, third = caller(), caller(), caller()
    for each in (first, second, third):
        await limiter.admit(each, 0, 100)
    await first.charge(60)
    with pytest.raises(LimitExceeded, match="100 tokens"):
        await second.charge(41)
    await third.charge(40)  # a shorter one still fits
    with pytest.raises(LimitExceeded):  # before it is read and tokenised
        await limiter.admit(caller(), 0, 100)


async def test_what_can_never_fit_is_told_apart(limiter: Limiter) -> None:
    asking = caller()
    await limiter.admit(asking, 0, 100)
    with pytest.raises(BodyTooLarge, match="at most 100 a minute"):
        await asking.charge(101)


async def test_a_refusal_says_when_to_try_again(limiter: Limiter, clock: Clock) -> None:
    clock.now += 30
    await admitted(limiter, 10)
    with pytest.raises(LimitExceeded) as caught:
        await limiter.admit(caller(), 10, 0)
    seconds = int(caught.value.headers()["Retry-After"])
    clock.now += seconds - 1
    assert await admitted(limiter, 10) == 0
    clock.now += 1
    assert await admitted(limiter, 10) >= 1


@given(
    limit=st.integers(1, 1000),
    previous=st.integers(0, 1000),
    current=st.integers(0, 1000),
    left=st.floats(0.001, 60),
    cost=st.integers(1, 1000),
)
def test_the_wait_is_long_enough_and_not_two_seconds_too_long(
    limit: int, previous: int, current: int, left: float, cost: int
) -> None:
    cost, current, previous = min(cost, limit), min(current, limit), min(previous, limit)
    use = Use("tokens", limit, previous, current, left)

    def remaining(seconds: float) -> int:
        if seconds < left:
            return Use("tokens", limit, previous, current, left - seconds).remaining
        return Use("tokens", limit, current, 0, 60 + left - seconds).remaining

    if use.remaining < cost:
        wait = use.wait_s(cost)
        assert wait <= 120
        assert remaining(wait + 0.01) >= cost
        assert wait <= 1 or remaining(wait - 1.01) < cost


async def test_the_fields_are_those_of_the_draft(limiter: Limiter) -> None:
    asking = caller()
    await limiter.admit(asking, 600, 90_000)
    await asking.charge(1000)
    assert asking.fields()["RateLimit-Policy"] == (
        '"requests";q=600;w=60, "tokens";q=90000;w=60;qu="tokens"'
    )
    assert re.fullmatch(
        r'"requests";r=599;t=\d+, "tokens";r=89000;t=\d+', asking.fields()["RateLimit"]
    )


async def test_local_windows_forget_callers_that_have_gone(clock: Clock) -> None:
    windows = LocalWindows(clock)
    for number in range(1000):
        await windows.acquire_sliding_window_entry(f"address/{number}", 5, 60)
    clock.now += 200
    await windows.acquire_sliding_window_entry("address/new", 5, 60)
    assert await windows.reset() == 1
