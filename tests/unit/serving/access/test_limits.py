"""Limits in requests and tokens: what fits, when more fits, and what the caller is told."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import BodyTooLarge, LimitExceeded, LimitsUnavailable
from sentiment.serving.access.caller import Caller
from sentiment.serving.access.limits import Limiter, Use
from sentiment.serving.access.window_store import LocalWindows
from sentiment.settings import ServingSettings
from tests.support.redis import Redis, redis
from tests.support.servers import free_port


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


def caller(name: str = "shop") -> Caller:
    return Caller(name, f"key/{name}")


async def admitted(limiter: Limiter, requests: int = 0, tokens: int = 0, name: str = "shop") -> int:
    """Ask until it is refused; return how often that went well."""
    count = 0
    try:
        while count < 1000:
            await limiter.admit(caller(name), requests, tokens)
            count += 1
    except LimitExceeded:
        pass
    return count


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


async def test_without_a_limit_nothing_is_counted(limiter: Limiter) -> None:
    asking = caller()
    await limiter.admit(asking, 0, 0)
    await asking.charge(10**9)
    assert asking.fields == {}


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
    assert asking.fields["RateLimit-Policy"] == (
        '"requests";q=600;w=60, "tokens";q=90000;w=60;qu="tokens"'
    )
    assert re.fullmatch(
        r'"requests";r=599;t=\d+, "tokens";r=89000;t=\d+', asking.fields["RateLimit"]
    )


async def test_local_windows_forget_callers_that_have_gone(clock: Clock) -> None:
    windows = LocalWindows(clock)
    for number in range(1000):
        await windows.acquire_sliding_window_entry(f"address/{number}", 5, 60)
    clock.now += 200
    await windows.acquire_sliding_window_entry("address/new", 5, 60)
    assert await windows.reset() == 1


# --- Redis ----------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    with redis(tmp_path) as running:
        yield running


@pytest.fixture
async def shared() -> AsyncIterator[Callable[..., Limiter]]:
    """Make limiters that count in a Redis, and close them."""
    made = []

    def make(url: str, **settings: str) -> Limiter:
        settings |= {"redis_url": url, "requests_per_minute": "1"}
        made.append(Limiter(ServingSettings.parse(settings)))
        return made[-1]

    yield make
    for limiter in made:
        await limiter.close()


async def test_two_servers_share_one_limit_in_redis(
    server: Redis, shared: Callable[..., Limiter]
) -> None:
    first, second = shared(server.url), shared(server.url)
    await first.admit(caller(), 10, 1000)
    assert await admitted(first, 10) + await admitted(second, 10) == 9
    asking = caller("tokens")
    await first.admit(asking, 0, 1000)
    await asking.charge(900)
    other = caller("tokens")
    await second.admit(other, 0, 1000)
    with pytest.raises(LimitExceeded) as caught:
        await other.charge(101)
    assert 1 <= int(caught.value.headers()["Retry-After"]) <= 120
    assert "r=100;" in caught.value.headers()["RateLimit"]


async def test_concurrent_requests_do_not_slip_past_a_shared_limit(
    server: Redis, shared: Callable[..., Limiter]
) -> None:
    servers = [shared(server.url) for _ in range(2)]
    asking = [servers[number % 2].admit(caller(), 20, 0) for number in range(60)]
    refused = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(each, LimitExceeded) for each in refused) == 40
    assert sum(each is None for each in refused) == 20


each_loss = pytest.mark.parametrize("loss", ["killed", "frozen", "never there"])


@each_loss
@pytest.mark.parametrize("policy", ["open", "closed"])
async def test_without_redis_the_setting_decides_and_nobody_waits(
    server: Redis,
    shared: Callable[..., Limiter],
    loss: str,
    policy: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = server.url if loss != "never there" else f"redis://127.0.0.1:{free_port()}"
    limiter = shared(url, without_redis=policy)
    if loss != "never there":
        await limiter.admit(caller("before"), 10, 0)
    {"killed": server.kill, "frozen": server.freeze, "never there": lambda: None}[loss]()
    async with asyncio.timeout(10):  # 200 that waited each would take ten times as long
        for number in range(200):
            if policy == "closed":
                with pytest.raises(LimitsUnavailable):
                    await limiter.admit(caller(f"{number}"), 10, 0)
            else:
                await limiter.admit(caller(f"{number}"), 10, 0)
    assert caplog.text.count("Redis cannot be reached") == 1


async def test_limits_hold_again_when_redis_is_back(
    server: Redis, shared: Callable[..., Limiter], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = shared(server.url)
    server.freeze()
    await limiter.admit(caller(), 5, 0)
    server.thaw()
    async with asyncio.timeout(20):
        while "reached again" not in caplog.text:
            await limiter.admit(caller("others"), 0, 5)
            await asyncio.sleep(0.05)
    assert await admitted(limiter, 5) == 5


async def test_the_password_of_redis_is_in_no_log(
    shared: Callable[..., Limiter], caplog: pytest.LogCaptureFixture
) -> None:
    limiter = shared(f"redis://:s3cret@127.0.0.1:{free_port()}/0")
    await limiter.admit(caller(), 5, 0)
    assert "Redis cannot be reached" in caplog.text
    assert "s3cret" not in caplog.text
