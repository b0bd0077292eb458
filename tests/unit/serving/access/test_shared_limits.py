"""Limits that several servers count in one Redis, and what becomes of them without it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from sentiment.errors import LimitExceeded, LimitsUnavailable, UsageError
from sentiment.serving.access.limits import Limiter
from sentiment.serving.access.window_store import Guard
from sentiment.settings import ServingSettings
from tests.support.limits import admitted, caller
from tests.support.redis import Redis, redis
from tests.support.servers import free_port

pytestmark = pytest.mark.redis


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
            await limiter.admit(caller("others"), 1000, 0)
            await asyncio.sleep(0.05)
    assert await admitted(limiter, 5) == 5


@pytest.mark.parametrize("refusing", ["REPLICAOF 127.0.0.1 1", "CONFIG SET maxmemory 1"])
@pytest.mark.parametrize("policy", ["open", "closed"])
async def test_a_redis_that_counts_nothing_is_gone_and_that_is_said_once(
    server: Redis,
    shared: Callable[..., Limiter],
    refusing: str,
    policy: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limiter = shared(server.url, without_redis=policy)
    await limiter.admit(caller("before"), 10, 10)
    server.command(refusing)
    for number in range(3):  # it is asked again each second, and can be read
        for _ in range(5):
            asking = caller(f"{number}")
            try:
                await limiter.admit(asking, 1, 10)
                await asking.charge(10)
            except LimitsUnavailable:
                assert policy == "closed"
            else:
                assert policy == "open"
        await asyncio.sleep(1.05)
    assert caplog.text.count("Redis cannot be reached") == 1
    assert "reached again" not in caplog.text


async def test_nobody_waits_long_for_a_redis_that_is_slow(
    caplog: pytest.LogCaptureFixture,
) -> None:
    guard = Guard(closed=False)
    loop = asyncio.get_running_loop()
    longest = 0.0

    async def slow() -> int:
        await asyncio.sleep(0.2)
        return 1

    async def ask() -> None:
        nonlocal longest
        since = loop.time()
        await guard.ask(slow, counts=True)
        longest = max(longest, loop.time() - since)

    await asyncio.gather(*(ask() for _ in range(200)))
    assert longest < 1.5  # one after the other they would take 5 s
    assert caplog.text.count("Redis cannot be reached (no answer") == 1


@pytest.mark.parametrize(
    "options", ["?no_such=1", "?socket_timeout=soon", "?db=first", "?max_connections=many"]
)
def test_an_option_of_redis_that_is_not_there_is_refused_without_the_password(
    options: str,
) -> None:
    settings = {"redis_url": f"redis://:s3cret@127.0.0.1/0{options}", "requests_per_minute": "1"}
    with pytest.raises(UsageError, match="SENTIMENT_REDIS_URL") as refusal:
        Limiter(ServingSettings.parse(settings))
    assert "s3cret" not in str(refusal.value)


async def test_the_password_of_redis_is_in_no_log(
    shared: Callable[..., Limiter], caplog: pytest.LogCaptureFixture
) -> None:
    limiter = shared(f"redis://:s3cret@127.0.0.1:{free_port()}/0")
    await limiter.admit(caller(), 5, 0)
    assert "Redis cannot be reached" in caplog.text
    assert "s3cret" not in caplog.text
