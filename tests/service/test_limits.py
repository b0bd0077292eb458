"""Limits over HTTP: requests and tokens of a key or an address, and what the answers say."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.contract import check
from tests.support.keys import Keys, bearer
from tests.support.redis import redis
from tests.support.servers import contract_server

GOOD = {"text": "good film"}  # four tokens


def asked(url: str, count: int, headers: dict[str, str] | None = None) -> list[int]:
    with httpx.Client(base_url=url, headers=headers) as client:
        return [client.post("/predict", json=GOOD).status_code for _ in range(count)]


def test_a_key_past_its_limit_gets_429_with_the_time_to_wait(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    few, other = keys.add("few", per_minute=3), keys.add("other")
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        document = httpx.get(f"{url}/openapi.json").json()
        assert asked(url, 3, bearer(few)) == [200] * 3
        response = httpx.post(f"{url}/predict", json=GOOD, headers=bearer(few))
        assert response.status_code == 429
        assert check(document, response, "/predict")["error"]["code"] == "limit_exceeded"
        assert 1 <= int(response.headers["retry-after"]) <= 120
        assert response.headers["ratelimit-policy"] == '"requests";q=3;w=60'
        assert response.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert asked(url, 5, bearer(other)) == [200] * 5
        assert httpx.get(f"{url}/readyz").status_code == 200


def test_each_answer_says_what_is_left_even_one_to_a_bad_body(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    key = keys.add("shop", per_minute=10, tokens_per_minute=100)
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):

        def left(**request: Any) -> list[str]:
            response = httpx.post(f"{url}/predict", headers=bearer(key), **request)
            items = response.headers["ratelimit"].split(", ")
            return [item.split(";")[1] for item in items]

        assert left(json=GOOD) == ["r=9", "r=96"]
        assert left(json=GOOD) == ["r=8", "r=92"]
        assert left(json={"text": ""}) == ["r=7", "r=92"]


def test_the_tokens_of_a_whole_list_count(tokenizer_folder: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key = keys.add("shop", tokens_per_minute=100)
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):

        def status(texts: int) -> int:
            body = {"texts": ["good film"] * texts}
            response = httpx.post(f"{url}/predict/batch", json=body, headers=bearer(key))
            return response.status_code

        assert status(26) == 413  # 104 tokens never fit
        assert status(20) == 200
        assert status(6) == 429
        assert status(5) == 200
        assert status(1) == 429


def test_each_refusal_of_a_limit_is_a_line_in_the_log(
    tokenizer_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(tmp_path)
    few = keys.add("few", per_minute=1)
    short = keys.add("short", tokens_per_minute=5)
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        assert asked(url, 2, bearer(few)) == [200, 429]
        assert asked(url, 2, bearer(short)) == [200, 429]  # once it is tokenised
    lines = [each.getMessage() for each in caplog.records if each.name == "sentiment.access"]
    assert len(lines) == 2
    assert lines[0].startswith("refused: key of few: More than 1 requests in a minute.")
    assert lines[1].startswith("refused: key of short: More than 5 tokens in a minute.")
    assert all(line.endswith("(POST /predict from 127.0.0.1)") for line in lines)


def test_without_keys_each_address_has_the_limit(tokenizer_folder: Path) -> None:
    settings = {"requests_per_minute": 2, "trusted_proxies": "127.0.0.1"}
    with contract_server(tokenizer_folder, **settings) as (url, _):
        for address in ("203.0.113.7", "203.0.113.8"):
            assert asked(url, 3, {"X-Forwarded-For": address}) == [200, 200, 429]
        assert asked(url, 1, {"X-Forwarded-For": "1.2.3.4, 203.0.113.8"}) == [429]


def test_a_forged_address_changes_nothing(tokenizer_folder: Path) -> None:
    with contract_server(tokenizer_folder, requests_per_minute=3) as (url, _):
        forged = [{"X-Forwarded-For": f"203.0.113.{last}", "X-Real-IP": "::1"} for last in range(5)]
        statuses = [asked(url, 1, headers)[0] for headers in forged]
        assert statuses == [200, 200, 200, 429, 429]


def test_the_default_limit_is_for_keys_that_have_none(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    default, own, free = keys.add("a"), keys.add("b", per_minute=1), keys.add("c", per_minute=0)
    settings = {"api_keys_file": keys.path, "requests_per_minute": 2}
    with contract_server(tokenizer_folder, **settings) as (url, _):
        assert asked(url, 3, bearer(default)) == [200, 200, 429]
        assert asked(url, 3, bearer(own)) == [200, 429, 429]
        assert asked(url, 3, bearer(free)) == [200] * 3


@pytest.mark.redis
def test_two_servers_share_the_limits_through_redis(tokenizer_folder: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key = keys.add("shop", per_minute=6)
    with redis(tmp_path) as counting:
        settings = {"api_keys_file": keys.path, "redis_url": counting.url}
        with (
            contract_server(tokenizer_folder, **settings) as (first, _),
            contract_server(tokenizer_folder, **settings) as (second, _),
        ):
            statuses = asked(first, 4, bearer(key)) + asked(second, 4, bearer(key))
            assert statuses.count(200) == 6


@pytest.mark.redis
@pytest.mark.parametrize(("policy", "status"), [("open", 200), ("closed", 503)])
def test_without_redis_the_setting_says_whether_anyone_is_answered(
    tokenizer_folder: Path, tmp_path: Path, policy: str, status: int
) -> None:
    keys = Keys(tmp_path)
    key = keys.add("shop", per_minute=600)
    with redis(tmp_path) as counting:
        settings = {
            "api_keys_file": keys.path,
            "redis_url": counting.url,
            "without_redis": policy,
        }
        with contract_server(tokenizer_folder, **settings) as (url, _):
            document = httpx.get(f"{url}/openapi.json").json()
            assert asked(url, 1, bearer(key)) == [200]
            counting.kill()
            response = httpx.post(f"{url}/predict", json=GOOD, headers=bearer(key))
            assert response.status_code == status
            check(document, response, "/predict")
            assert httpx.get(f"{url}/readyz").status_code == 200
            assert asked(url, 1, bearer("wrong")) == [401]  # who may ask does not depend on it


def test_the_fields_follow_the_grammar_of_structured_fields(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    key = keys.add("shop", per_minute=10, tokens_per_minute=100)
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        headers = httpx.post(f"{url}/predict", json=GOOD, headers=bearer(key)).headers
    for name, parameters in {"ratelimit-policy": {"q", "w"}, "ratelimit": {"r", "t"}}.items():
        for item in headers[name].split(", "):
            policy, *given = item.split(";")
            assert json.loads(policy) in ("requests", "tokens")  # a quoted string
            values = dict(each.split("=") for each in given)
            assert parameters <= values.keys() <= parameters | {"qu"}
            assert all(values[each].isdigit() for each in parameters)
