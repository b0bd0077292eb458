"""When a server is asked again, and how it is reached."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from sentiment.client import AsyncClient, Client, Connection
from sentiment.client.connection import Patience
from sentiment.errors import NoAnswer


def answered(status: int, retry_after: str | None = None) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(status, headers=headers)


@pytest.mark.parametrize("status", [200, 400, 404, 413, 422, 500, 502, 504])
def test_other_answers_are_taken_as_they_are(status: int) -> None:
    assert Patience(60).wait_s(answered(status, "3")) is None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("told", "seconds"),
    [("3", 3.0), (" 7 ", 7.0), ("0", 0.1), (None, 1.0), ("soon", 1.0), ("-5", 1.0), ("2.5", 1.0)],
)
def test_a_full_server_is_asked_again_when_it_says(
    status: int, told: str | None, seconds: float
) -> None:
    assert Patience(60).wait_s(answered(status, told)) == seconds


@pytest.mark.parametrize(("in_s", "least", "most"), [(30, 25, 30), (-30, 0.1, 0.1)])
def test_a_date_is_understood(in_s: int, least: float, most: float) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=in_s), usegmt=True)
    wait = Patience(60).wait_s(answered(429, date))
    assert wait is not None
    assert least <= wait <= most


@pytest.mark.parametrize("told", ["61", "9" * 400])
def test_past_its_time_nobody_waits(told: str) -> None:
    assert Patience(60).wait_s(answered(429, told)) is None
    assert Patience(0).wait_s(answered(429, "0")) is None


@pytest.mark.parametrize(
    ("url", "by_proxy"),
    [
        ("http://127.0.0.1:3000", False),
        ("http://[::1]:3000", False),
        ("http://localhost", False),
        ("http://a.localhost", False),
        ("http://LOCALHOST.:3000", False),
        ("http://localhost.localdomain", False),
        ("http://ip6-localhost", False),
        ("http://127.1.2.3", False),
        ("http://127.1", False),
        ("http://0.0.0.0:3000", False),
        ("http://[::]:3000", False),
        ("http://[::ffff:127.0.0.1]:3000", False),
        ("http://[2001:db8::1]", True),
        ("http://localhost.example", True),
        ("http://127.0.0.1.example", True),
        ("http://10.0.0.1", True),
        ("https://sentiment.example", True),
    ],
)
def test_a_server_on_this_machine_is_asked_without_a_proxy(url: str, by_proxy: bool) -> None:
    assert Connection(url).options()["trust_env"] == by_proxy


@pytest.mark.parametrize("url", ["http://[::1", "a\x00"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(NoAnswer, match="no address"):
        Connection(url).options()


@pytest.mark.parametrize("client", [Client, AsyncClient])
@pytest.mark.parametrize("proxy", ["socks5://[::1", "http://[::1", "odd://x", "://", "socks4://a"])
def test_a_proxy_that_cannot_be_used_is_told(
    client: Callable[[str], object], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(NoAnswer, match=r"no answer from http://sentiment\.example: "):
        client("http://sentiment.example")
