"""A real `bentoml serve` with keys: how it starts, what it logs, what a flood of keys costs it."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import httpx
import pytest

from tests.support.keys import Keys, bearer
from tests.support.models import store_classifier
from tests.support.processes import ROOT, environment
from tests.support.raw_http import connected, next_answer, request, send
from tests.support.servers import free_port, serving

TARGET = "tests.processes.service.quick:Sentiment"
GOOD = {"text": "good film"}


@pytest.fixture(scope="module", autouse=True)
def tag() -> str:
    """A small random model in the store, which `bentoml serve` looks for."""
    return store_classifier()


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        (None, {}, "No such file"),
        ("", {}, "has no key"),
        ("s3cret\n", {}, "Line 1 of"),
        ("good", {"redis_url": "redis://:s3cret@host:port"}, "SENTIMENT_REDIS_URL"),
        ("good", {"trusted_proxies": "proxy"}, "SENTIMENT_TRUSTED_PROXIES"),
    ],
)
def test_a_server_that_is_half_configured_does_not_start(
    tmp_path: Path, content: str | None, settings: dict[str, str], said: str
) -> None:
    keys = Keys(tmp_path)
    if content == "good":
        keys.add("shop")
    elif content is not None:
        keys.path.write_text(content)
    ended = subprocess.run(
        [sys.executable, "-m", "bentoml", "serve", TARGET, "--port", str(free_port())],
        cwd=ROOT,
        env=environment(api_keys_file=str(keys.path), **settings),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode != 0
    (line,) = [each for each in ended.stderr.splitlines() if each.startswith("error: ")]
    assert said in line
    assert "Traceback" not in ended.stderr
    assert "s3cret" not in ended.stdout + ended.stderr


def test_without_keys_it_says_once_that_anyone_may_ask(tmp_path: Path) -> None:
    with serving(ROOT, TARGET, tmp_path) as server:
        assert httpx.post(f"{server.url}/predict", json=GOOD).status_code == 200
        server.stop()
    assert server.log.read_text().count("anyone who reaches this server may ask") == 1


def test_a_flood_of_wrong_keys_costs_a_few_lines_and_no_other_caller(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, late = keys.add("shop"), keys.add("late", until=date(2020, 1, 1))
    metrics = keys.add("prometheus", "metrics")
    settings = {"api_keys_file": str(keys.path), "requests_per_minute": "600"}
    with serving(ROOT, TARGET, tmp_path, **settings) as server:

        def flood(number: int) -> set[int]:
            with server.client(headers=bearer(f"sentiment_{number:0>43}")) as client:
                return {client.post("/predict", json=GOOD).status_code for _ in range(100)}

        with ThreadPoolExecutor(8) as pool, server.client(headers=bearer(key)) as client:
            floods = [pool.submit(flood, number) for number in range(8)]
            answered = [client.post("/predict", json=GOOD).status_code for _ in range(10)]
            with server.client(headers=bearer(late)) as other:
                other.post("/predict", json=GOOD)
            assert [flood.result() for flood in floods] == [{401}] * 8
        assert answered == [200] * 10
        with server.client(headers=bearer(metrics)) as client:
            counted = client.get("/metrics").text
        server.stop()
    log = server.log.read_text()
    assert 'sentiment_refusals_total{reason="key_refused"} 801.0' in counted
    assert 1 <= len(re.findall("refused: unknown key", log)) < 200
    assert len(re.findall("refused: key of late", log)) == 1
    assert "sentiment_0000" not in log
    assert key not in log
    assert late not in log


def test_a_forged_address_is_nobody_elses_behind_bentoml(tmp_path: Path) -> None:
    with serving(ROOT, TARGET, tmp_path, requests_per_minute="2") as server, server.client() as one:
        forged = [{"X-Forwarded-For": f"203.0.113.{last}"} for last in range(4)]
        statuses = [one.post("/predict", json=GOOD, headers=each).status_code for each in forged]
        outside = [one.get("/schema.json", headers=each).status_code for each in forged]
    assert statuses == [200, 200, 429, 429]
    assert outside == [429] * 4


def test_a_path_that_only_looks_like_a_route_is_none(tmp_path: Path) -> None:
    """BentoML would answer these, past the limits of tokens and of bodies."""
    keys = Keys(tmp_path)
    key = keys.add("shop", tokens_per_minute=1)
    settings = {"api_keys_file": str(keys.path)}
    with serving(ROOT, TARGET, tmp_path, **settings) as server:
        for path in ("/predict%0A", "/predict/", "//predict", "/predict;a", "/predict%00"):
            with connected(server.url) as connection:
                with_key = (f"Authorization: Bearer {key}",)
                send(connection, request(path, json.dumps(GOOD).encode(), headers=with_key))
                assert next_answer(connection).status == 404, path


def test_the_documentation_is_open_and_what_it_describes_is_not(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key = keys.add("shop")
    with (
        serving(ROOT, TARGET, tmp_path, api_keys_file=str(keys.path)) as server,
        server.client() as client,
    ):
        assert client.get("/docs").status_code == 200
        assert client.get("/static_content/swagger-ui.css").status_code == 200
        assert client.get("/schema.json").status_code == 401
        assert client.get("/schema.json", headers=bearer(key)).status_code == 200
