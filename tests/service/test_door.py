"""Who is let in over HTTP: keys, roles over every route there is, names of the server, the log."""

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate as validate_openapi

from sentiment.schema import Liveness
from sentiment.serving.access.roles import KEY_ROLES, KeyRole
from sentiment.serving.handlers import livez
from sentiment.serving.route import OUR_ERRORS, Route
from sentiment.serving.routes import ROUTES
from tests.support.contract import check
from tests.support.keys import Keys, bearer
from tests.support.raw_http import connected, next_answer, request, send
from tests.support.servers import contract_server, wait_until

GOOD = {"text": "good film"}


class Locked:
    """A server with a key for each role, and one that has expired."""

    def __init__(self, url: str, keys: Keys, by_role: dict[KeyRole, str], expired: str) -> None:
        self.url, self.keys, self.by_role, self.expired = url, keys, by_role, expired
        self.client = httpx.Client(base_url=url)  # one, because to make one takes long

    def status(self, headers: dict[str, str], path: str = "/predict") -> int:
        return self.client.post(path, json=GOOD, headers=headers).status_code


@pytest.fixture(scope="module")
def locked(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    keys = Keys(tmp_path_factory.mktemp("door"))
    by_role = keys.add_one_for_each_role()
    expired = keys.add("late", until=date(2020, 1, 1))
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        server = Locked(url, keys, by_role, expired)
        with server.client:
            yield server


def ask(server: Locked, route: Route, headers: dict[str, str]) -> httpx.Response:
    body = None if route.body is None else {"text": "good"} | {"texts": ["good"]}
    if route.body is not None:
        body = {name: value for name, value in body.items() if name in route.body.model_fields}
    return server.client.request(route.method, route.path, json=body, headers=headers)


each_route = pytest.mark.parametrize(
    "route", ROUTES, ids=[f"{route.method} {route.path}" for route in ROUTES]
)


@each_route
@pytest.mark.parametrize("role", [None, *KEY_ROLES])
def test_a_role_reaches_the_routes_that_are_for_it_and_no_others(
    locked: Locked, route: Route, role: KeyRole | None
) -> None:
    headers = {} if role is None else bearer(locked.by_role[role])
    response = ask(locked, route, headers)
    if route.role in ("anyone", role) or role == "admin":
        assert response.status_code not in (401, 403, 429)
        assert "www-authenticate" not in response.headers
    elif role is None:
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="sentiment"'
        assert route.errors_as is not OUR_ERRORS or code_of(response) == "key_missing"
    else:
        assert response.status_code == 403
        assert f'scope="{route.role}"' in response.headers["www-authenticate"]
        assert route.errors_as is not OUR_ERRORS or code_of(response) == "role_missing"


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["error"]["code"]
    return code


@each_route
def test_head_passes_the_same_door_as_get(locked: Locked, route: Route) -> None:
    if route.method == "GET":
        expected = 401 if route.role != "anyone" else ask(locked, route, {}).status_code
        assert locked.client.head(route.path).status_code == expected


def test_a_route_says_whom_it_is_for() -> None:
    arguments: dict[str, Any] = {
        "summary": "",
        "reply": Liveness,
        "reply_summary": "",
    }
    with pytest.raises(TypeError, match="role"):
        Route("GET", "/new", livez, **arguments)
    with pytest.raises(ValueError, match="/new has the role 'nobody'"):
        Route("GET", "/new", livez, role="nobody", **arguments)  # type: ignore[arg-type]


WRONG = [
    pytest.param({"Authorization": "Bearer wrong"}, id="wrong"),
    pytest.param({"Authorization": f"Bearer sentiment_{'a' * 43}"}, id="wrong, of the right form"),
    pytest.param({"Authorization": b"Bearer \xff\xfe\x80"}, id="not ASCII"),
    pytest.param({"Authorization": "Bearer schlüssel".encode()}, id="UTF-8"),
    pytest.param({"Authorization": f"Bearer {'a' * 60_000}"}, id="very long"),
    pytest.param({"X-API-Key": "wrong"}, id="wrong in X-API-Key"),
]


@pytest.mark.parametrize("headers", WRONG)
def test_a_wrong_key_is_refused_in_the_one_shape(locked: Locked, headers: Any) -> None:
    response = locked.client.post("/predict", json=GOOD, headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "key_refused"
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"X-API-Key": ""},
    ],
    ids=str,
)
def test_no_key_is_told_from_a_wrong_one(locked: Locked, headers: dict[str, str]) -> None:
    response = locked.client.post("/predict", json=GOOD, headers=headers)
    assert response.json()["error"]["code"] == "key_missing"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_written_in_any_case(locked: Locked, scheme: str) -> None:
    assert locked.status({"Authorization": f"{scheme} {locked.by_role['predict']}"}) == 200


def test_a_key_may_come_in_either_header_but_two_different_ones_are_refused(
    locked: Locked,
) -> None:
    key, other = locked.by_role["predict"], locked.by_role["admin"]
    assert locked.status({"X-API-Key": key}) == 200
    assert locked.status({"X-API-Key": key, **bearer(key)}) == 200
    assert locked.status({"X-API-Key": other, **bearer(key)}) == 401
    twice = [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {other}")]
    assert locked.client.post("/predict", json=GOOD, headers=twice).status_code == 401


def test_an_expired_key_is_told_so(locked: Locked) -> None:
    response = locked.client.post("/predict", json=GOOD, headers=bearer(locked.expired))
    assert response.status_code == 401
    assert "expired" in response.json()["error"]["message"]


def test_a_refusal_comes_before_the_body(locked: Locked) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000000\r\nConnection: close\r\n\r\n"
    )
    with connected(locked.url) as connection:
        send(connection, head)
        assert next_answer(connection).status == 401


def test_a_route_of_bentomls_is_for_keys_too(locked: Locked) -> None:
    assert httpx.get(f"{locked.url}/schema.json").status_code == 401
    assert httpx.post(f"{locked.url}/anything").status_code == 401
    key = bearer(locked.by_role["predict"])
    assert httpx.get(f"{locked.url}/anything", headers=key).status_code == 404
    for path in ("/static_content/../schema.json", "/static_content/%2e%2e/schema.json"):
        with connected(locked.url) as connection:
            send(connection, request(path))
            assert next_answer(connection).status == 401


def test_the_document_tells_of_keys_where_there_are_any(
    locked: Locked, tokenizer_folder: Path
) -> None:
    document = httpx.get(f"{locked.url}/openapi.json").json()
    validate_openapi(document)
    for route in ROUTES:
        if route.published:
            operation = document["paths"][route.path][route.method.lower()]
            assert ("security" in operation) == (route.role != "anyone")
    for headers in ({}, bearer("wrong"), bearer(locked.by_role["metrics"])):
        check(document, locked.client.post("/predict", json=GOOD, headers=headers), "/predict")
    with contract_server(tokenizer_folder) as (url, _):
        open_document = httpx.get(f"{url}/openapi.json").json()
    assert "securitySchemes" not in open_document["components"]
    assert "401" not in open_document["paths"]["/predict"]["post"]["responses"]


def test_keys_come_and_go_without_a_restart(tokenizer_folder: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    first = keys.add("first")
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):

        def status(key: str) -> int:
            return httpx.post(f"{url}/predict", json=GOOD, headers=bearer(key)).status_code

        assert status(first) == 200
        second = keys.add("second")
        wait_until(lambda: status(second) == 200, 20)
        keys.path.write_text("".join(keys.path.read_text().splitlines(keepends=True)[1:]))
        wait_until(lambda: status(first) == 401, 20)
        assert status(second) == 200


@pytest.mark.parametrize("damage", ["nonsense", "gone", "half"])
def test_a_broken_file_keeps_the_last_good_one_and_says_so(
    tokenizer_folder: Path, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(tmp_path)
    key, good = keys.add("shop"), keys.path.read_text()
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        if damage == "gone":
            keys.path.unlink()
        else:
            keys.path.write_text("nonsense\n" if damage == "nonsense" else good[: len(good) // 2])
        wait_until(lambda: "stay as they were" in caplog.text, 20)
        assert httpx.post(f"{url}/predict", json=GOOD, headers=bearer(key)).status_code == 200
        keys.path.write_text("")  # every key is removed, which is no damage
        wait_until(
            lambda: httpx.post(f"{url}/predict", json=GOOD, headers=bearer(key)).status_code == 401,
            20,
        )


def test_each_refused_key_is_logged_by_name_and_reason_and_never_shown(
    locked: Locked, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "sentiment_" + "w" * 43
    with caplog.at_level(logging.WARNING, "sentiment.access"):
        for key in (wrong, locked.expired, locked.by_role["metrics"]):
            locked.status(bearer(key))
    lines = [record.getMessage() for record in caplog.records if record.name == "sentiment.access"]
    assert lines == [
        "refused: unknown key: no such key (POST /predict from 127.0.0.1)",
        "refused: key of late: its last day was 2020-01-01 (POST /predict from 127.0.0.1)",
        "refused: key of metrics: it has not the role predict (POST /predict from 127.0.0.1)",
    ]
    for key in (wrong, locked.expired, locked.by_role["metrics"]):
        assert key not in caplog.text


def test_refusals_are_counted_by_reason(locked: Locked) -> None:
    for headers in ({}, bearer("wrong"), bearer(locked.by_role["metrics"])):
        locked.status(headers)
    counted = httpx.get(f"{locked.url}/metrics", headers=bearer(locked.by_role["metrics"])).text
    for reason in ("key_missing", "key_refused", "role_missing"):
        assert f'sentiment_refusals_total{{reason="{reason}"}}' in counted


HOSTS = [
    ("api.example.org", 200),
    ("API.example.org:3000", 200),
    ("api.example.org.", 200),
    ("a.b.example.net", 200),
    ("[::1]:80", 200),
    ("[0:0:0:0:0:0:0:1]", 200),
    ("[::2]", 400),
    ("[::1", 400),
    ("[::1]x", 400),
    ("example.net", 400),
    ("evil-example.net", 400),
    ("api.example.org.evil.example", 400),
    ("api.example.org:80:evil", 400),
    ("api.example.org@evil.example", 400),
    ("localhost", 400),
    ("", 400),
]


@pytest.fixture(scope="module")
def named(tokenizer_folder: Path) -> Iterator[str]:
    names = "api.example.org, *.example.net,[::1]"
    with contract_server(tokenizer_folder, allowed_hosts=names) as (url, _):
        yield url


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_the_server_answers_only_by_its_names(named: str, host: str, status: int) -> None:
    response = httpx.post(f"{named}/predict", json=GOOD, headers={"Host": host})
    assert response.status_code == status
    if status == 400:
        assert response.json()["error"]["code"] == "host_refused"


def test_names_are_asked_of_pages_and_bentomls_routes_but_not_of_probes(named: str) -> None:
    def status(path: str) -> int:
        return httpx.get(named + path, headers={"Host": "evil.example"}).status_code

    assert [status(path) for path in ("/livez", "/readyz", "/healthz")] == [200] * 3
    assert [status(path) for path in ("/docs", "/openapi.json", "/schema.json", "/")] == [400] * 4


def test_without_a_setting_nobody_needs_a_key_or_a_name(tokenizer_folder: Path) -> None:
    with contract_server(tokenizer_folder) as (url, _):
        response = httpx.post(f"{url}/predict", json=GOOD, headers={"Host": "any.example"})
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("ratelimit")]
