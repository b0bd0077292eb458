"""The door stands before other methods and unknown paths too, under a prefix as without one."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sentiment.serving.routes import ROUTES
from tests.support.keys import Keys, bearer
from tests.support.servers import contract_server, free_port

METHODS = ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")
ROLES = {route.path: route.role for route in reversed(ROUTES)}  # of the first of each path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("paths"))


@pytest.fixture(scope="module")
def key(keys: Keys) -> str:
    return keys.add("shop")


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path, keys: Keys, key: str) -> Iterator[str]:
    settings = {"api_keys_file": keys.path, "allowed_hosts": "127.0.0.1", "path_prefix": "/api"}
    with contract_server(tokenizer_folder, **settings) as (address, _):
        yield address


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("path", sorted(ROLES))
def test_another_method_needs_the_key_that_the_path_needs(
    url: str, key: str, path: str, prefix: str
) -> None:
    with httpx.Client(base_url=url + prefix) as client:
        for method in METHODS:
            status = client.request(method, path).status_code
            assert status == (405 if ROLES[path] == "anyone" else 401), method
        if ROLES[path] == "predict":
            assert client.request("PUT", path, headers=bearer(key)).status_code == 405


def test_another_method_is_refused_under_another_name(url: str) -> None:
    foreign = {"Host": "evil.example"}
    assert httpx.put(f"{url}/predict", headers=foreign).json()["error"]["code"] == "host_refused"
    assert httpx.put(f"{url}/livez", headers=foreign).status_code == 405  # a probe has any name


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_files_of_the_documentation_are_open_under_a_prefix_too(url: str, prefix: str) -> None:
    for path, status in (
        ("/static_content/swagger-ui.css", 404),  # there is none behind this server
        ("/static_content", 401),
        ("/static_contents/a", 401),
        ("/unknown", 401),
    ):
        assert httpx.get(f"{url}{prefix}{path}").status_code == status, path


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_callers_of_a_protocol_are_told_in_its_words(url: str, key: str, prefix: str) -> None:
    for headers, status in (({}, 401), (bearer(key), 404)):
        answer = httpx.get(f"{url}{prefix}/v2/unknown", headers=headers)
        assert answer.status_code == status
        assert isinstance(answer.json()["error"], str)


def test_no_path_that_a_caller_has_made_up_is_logged(
    tokenizer_folder: Path, keys: Keys, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    gone = f"redis://127.0.0.1:{free_port()}"
    settings = {"api_keys_file": keys.path, "redis_url": gone, "without_redis": "closed"}
    with (
        caplog.at_level(logging.INFO),
        contract_server(tokenizer_folder, requests_per_minute=5, **settings) as (url, _),
    ):
        for headers, status in (({}, 401), (bearer("wrong"), 401), (bearer(key), 503)):
            assert httpx.get(f"{url}/my-secret", headers=headers).status_code == status
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("sentiment")]
    assert any("a route of BentoML's" in line for line in ours)
    assert not any("my-secret" in line for line in ours)
