"""What browsers are told, over real HTTP: CORS, and the headers of pages."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.servers import contract_server

APP, EVIL = "https://app.example.org", "https://evil.example.org"


@pytest.fixture(scope="module")
def closed(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder) as (address, _):
        yield address


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, cors_origins=f"{APP}, http://localhost:8080") as (
        address,
        _,
    ):
        yield address


def ask_first(
    url: str, origin: str, method: str = "POST", headers: str = "content-type"
) -> httpx.Response:
    return httpx.options(
        f"{url}/predict",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )


def ask(url: str, origin: str, **body: object) -> httpx.Response:
    return httpx.post(f"{url}/predict", json=body, headers={"Origin": origin})


def allowed(answer: httpx.Response) -> str | None:
    return answer.headers.get("access-control-allow-origin")


def test_by_default_no_site_is_let_in(closed: str) -> None:
    preflight = ask_first(closed, APP)
    answers = [preflight, ask(closed, APP, text="good"), ask(closed, APP)]
    assert [answer.status_code for answer in answers] == [405, 200, 422]
    assert [allowed(answer) for answer in answers] == [None] * 3


@pytest.mark.parametrize("origin", [APP, "http://localhost:8080"])
def test_a_site_that_is_named_may_send_json_and_keys_and_read_errors(url: str, origin: str) -> None:
    headers = "authorization, content-type, traceparent, x-api-key, x-request-id"
    preflight = ask_first(url, origin, headers=headers)
    answers = [preflight, ask(url, origin, text="good"), ask(url, origin)]
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert [allowed(answer) for answer in answers] == [origin] * 3
    shown = answers[1].headers["access-control-expose-headers"]
    assert "Retry-After" in shown
    assert "access-control-allow-credentials" not in answers[1].headers


@pytest.mark.parametrize(
    ("origin", "method", "headers"),
    [
        (EVIL, "POST", "content-type"),
        (f"{APP}.evil.example.org", "POST", "content-type"),
        ("https://app.example.org:444", "POST", "content-type"),
        ("http://app.example.org", "POST", "content-type"),
        ("null", "POST", "content-type"),
        (APP, "DELETE", "content-type"),
        (APP, "POST", "x-anything"),
    ],
)
def test_all_others_are_refused_in_the_one_shape_of_errors(
    url: str, origin: str, method: str, headers: str
) -> None:
    preflight = ask_first(url, origin, method, headers)
    assert preflight.status_code == 403
    assert preflight.json()["error"]["code"] == "cors_refused"
    assert allowed(preflight) is None
    if origin != APP:
        assert allowed(ask(url, origin, text="good")) is None


def test_a_star_lets_any_site_in(tokenizer_folder: Path) -> None:
    with contract_server(tokenizer_folder, cors_origins="*") as (url, _):
        assert [allowed(ask_first(url, EVIL)), allowed(ask(url, EVIL, text="good"))] == ["*", "*"]


def test_a_page_may_run_its_own_script_and_nothing_from_elsewhere(closed: str) -> None:
    page = httpx.get(f"{closed}/docs")
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    )
    (inside,) = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_every_page_is_restricted_and_nothing_else_is_burdened(closed: str) -> None:
    for method in ("GET", "HEAD"):
        headers = httpx.request(method, f"{closed}/docs").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "content-security-policy" not in httpx.get(f"{closed}/readyz").headers
