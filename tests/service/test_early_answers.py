"""Bodies that are refused before they have come: simple clients read the answer all the same."""

import asyncio
import gc
import io
import json
import subprocess
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests

from tests.support.servers import contract_server

Client = Callable[[str, bytes, str], tuple[int, bytes]]


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder) as (address, _):
        yield f"{address}/predict"


def with_urllib(url: str, body: bytes, kind: str) -> tuple[int, bytes]:
    asked = urllib.request.Request(url, body, {"Content-Type": kind})  # noqa: S310
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=60)  # noqa: S310 -- our own server
    with refused.value as answer:
        return answer.code, answer.read()


def with_requests(url: str, body: bytes, kind: str) -> tuple[int, bytes]:
    answer = requests.post(url, body, headers={"Content-Type": kind}, timeout=60)
    return answer.status_code, answer.content


def with_httpx(url: str, body: bytes, kind: str) -> tuple[int, bytes]:
    answer = httpx.post(url, content=body, headers={"Content-Type": kind}, timeout=60)
    return answer.status_code, answer.content


def with_aiohttp(url: str, body: bytes, kind: str) -> tuple[int, bytes]:
    async def post() -> tuple[int, bytes]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=io.BytesIO(body), headers={"Content-Type": kind}) as answer,
        ):
            return answer.status, await answer.read()

    with warnings.catch_warnings():  # a connection that was still sending is left to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        answered = asyncio.run(post())
        gc.collect()
    return answered


def with_curl(url: str, body: bytes, kind: str) -> tuple[int, bytes]:
    command = ["curl", "-sS", "--data-binary", "@-", "-w", "%{http_code}", "-H", "Expect:"]
    ended = subprocess.run(
        [*command, "-H", f"Content-Type: {kind}", url], input=body, capture_output=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout[-3:]), ended.stdout[:-3]


@pytest.mark.parametrize("megabytes", [9, 20, 60])
@pytest.mark.parametrize("post", [with_urllib, with_requests, with_httpx, with_aiohttp, with_curl])
@pytest.mark.parametrize(("kind", "status"), [("application/json", 413), ("text/plain", 415)])
def test_the_answer_arrives(url: str, post: Client, megabytes: int, kind: str, status: int) -> None:
    got, body = post(url, b" " * (megabytes << 20), kind)
    assert got == status
    assert json.loads(body)["error"]["code"]
