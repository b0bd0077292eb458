"""The HTTP contract, over real HTTP with a fake engine: each status, each error, each limit."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate as validate_openapi
from prometheus_client import parser as prometheus
from prometheus_client.openmetrics import parser as openmetrics

from sentiment.errors import ModelNotFound
from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.model_server import LoadedModel
from tests.support.cards import make_card
from tests.support.contract import check, validate
from tests.support.runners import Gate
from tests.support.servers import contract_server, wait_until

JSON = {"content-type": "application/json"}
GOOD = b'{"text": "good film"}'


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    limits = {"max_body_bytes": 4000, "max_characters": 500, "max_texts": 5}
    with contract_server(tokenizer_folder, **limits) as (address, _):
        yield address


def test_the_published_document_is_valid_openapi(document: Any) -> None:
    validate_openapi(document)


def test_every_answer_and_body_has_examples_that_fit_its_schema(document: Any) -> None:
    contents = [
        (f"{method} {route} {status}", media)
        for route, methods in document["paths"].items()
        for method, operation in methods.items()
        for status, part in {
            **operation["responses"],
            "body": operation.get("requestBody", {"content": {}}),
        }.items()
        for media in part["content"].values()
    ]
    assert len(contents) > 20
    for place, media in contents:
        examples = [each["value"] for each in media.get("examples", {}).values()]
        examples += [media["example"]] if "example" in media else []
        assert examples, place
        for example in examples:
            validate(document, media["schema"], example)


def test_one_text_gets_one_prediction(url: str, document: Any) -> None:
    body = check(document, httpx.post(f"{url}/predict", json={"text": "good film"}), "/predict")
    assert body["label"] in ("negative", "positive")
    assert body["confidence"] == max(body["probabilities"].values())
    assert sum(body["probabilities"].values()) == pytest.approx(1)
    assert (body["truncated"], body["tokens"], body["model"]) == (False, 4, "sentiment:fake")


def test_a_cut_is_told_with_the_tokens_of_the_whole_text(url: str) -> None:
    body = httpx.post(f"{url}/predict", json={"text": "good " * 80}).json()
    assert (body["truncated"], body["tokens"]) == (True, 82)


def test_a_list_is_answered_in_order_and_a_bad_text_fails_alone(url: str, document: Any) -> None:
    texts = ["good film", "", "bad film", 7, "x" * 501]
    response = httpx.post(f"{url}/predict/batch", json={"texts": texts})
    results = check(document, response, "/predict/batch")["results"]
    singles = [httpx.post(f"{url}/predict", json={"text": texts[place]}).json() for place in (0, 2)]
    assert [results[0], results[2]] == singles
    codes = [results[place]["error"]["code"] for place in (1, 3, 4)]
    assert codes == ["invalid_value", "invalid_value", "text_too_long"]


def test_a_text_that_the_model_cannot_read_fails_alone(url: str, document: Any) -> None:
    unreadable = "\u2d30\u2d31 \u2d32"  # Tifinagh, which the vocabulary does not have
    response = httpx.post(f"{url}/predict", json={"text": unreadable})
    assert response.status_code == 422
    assert "vocabulary" in check(document, response, "/predict")["error"]["message"]
    texts = ["good film", unreadable, "good \u2d30 film"]
    response = httpx.post(f"{url}/predict/batch", json={"texts": texts})
    good, bad, half = check(document, response, "/predict/batch")["results"]
    assert bad["error"]["code"] == "invalid_value"
    assert (good["unknown_tokens"], half["unknown_tokens"]) == (0, 1)


def test_a_list_of_nothing_readable_is_answered_text_by_text(url: str) -> None:
    texts = ["\u2d30", "", "\u2d31"]
    results = httpx.post(f"{url}/predict/batch", json={"texts": texts}).json()["results"]
    assert [each["error"]["code"] for each in results] == ["invalid_value"] * 3


BAD_BODIES = [
    pytest.param("/predict", b"{", JSON, 400, "invalid_json", id="half an object"),
    pytest.param("/predict", b"", JSON, 400, "invalid_json", id="no body"),
    pytest.param("/predict", b'{"text": "\xff"}', JSON, 400, "invalid_json", id="not UTF-8"),
    pytest.param("/predict", b'{"text": "\\ud800"}', JSON, 400, "invalid_json", id="surrogate"),
    pytest.param("/predict", b"[1]", JSON, 422, "invalid_value", id="a list, no object"),
    pytest.param("/predict", b"{}", JSON, 422, "invalid_value", id="no text"),
    pytest.param("/predict", b'{"text": ""}', JSON, 422, "invalid_value", id="empty"),
    pytest.param("/predict", b'{"text": " \\n"}', JSON, 422, "invalid_value", id="white space"),
    pytest.param("/predict", b'{"text": "<br />"}', JSON, 422, "invalid_value", id="only a tag"),
    pytest.param("/predict", b'{"text": 5}', JSON, 422, "invalid_value", id="a number"),
    pytest.param("/predict", b'{"text": null}', JSON, 422, "invalid_value", id="null"),
    pytest.param("/predict", b'{"text": "a", "b": 1}', JSON, 422, "invalid_value", id="unknown"),
    pytest.param("/predict/batch", b'{"texts": "a"}', JSON, 422, "invalid_value", id="no list"),
    pytest.param("/predict/batch", b'{"texts": []}', JSON, 422, "invalid_value", id="empty list"),
    pytest.param(
        "/predict/batch", b'{"texts": ["a","b","c","d","e","f"]}', JSON, 422, "invalid_value",
        id="too many texts",
    ),
    pytest.param(
        "/predict", b'{"text": "' + b"a" * 501 + b'"}', JSON, 413, "text_too_long", id="long text"
    ),
    pytest.param(
        "/predict", b'{"text": "' + b"a" * 5000 + b'"}', JSON, 413, "body_too_large", id="body"
    ),
    pytest.param("/predict", b'{"text": "a"}', {}, 415, "unsupported_media_type", id="no type"),
    pytest.param(
        "/predict", b"text=a", {"content-type": "application/x-www-form-urlencoded"}, 415,
        "unsupported_media_type", id="a form",
    ),
    pytest.param(
        "/predict", b'{"text": "a"}', {"content-type": "application/json; charset=utf-16"}, 415,
        "unsupported_media_type", id="another charset",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("route", "content", "headers", "status", "code"), BAD_BODIES)
def test_a_bad_body_gets_its_error(
    url: str, document: Any, route: str, content: bytes, headers: Any, status: int, code: str
) -> None:
    response = httpx.post(f"{url}{route}", content=content, headers=headers)
    body = check(document, response, route)
    assert (response.status_code, body["error"]["code"]) == (status, code)


def test_a_body_is_measured_even_when_its_length_is_not_declared(url: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(50):
            yield b"a" * 100
        yield b'"}'

    response = httpx.post(f"{url}/predict", content=chunks(), headers=JSON)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("declared", "taken"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8;", True),
        ('Application/JSON ; Charset="UTF-8"; x=y', True),
        ("application/json;charset=us-ascii", True),
        ("application/json; x=charset=utf-16", True),
        ("application/json; Charset=iso-8859-1", False),
        ("application/json; x=y; charset = utf-16", False),
        ("application/json; charset*=utf-8''utf-16", False),
        ("application/json; charset=nonsense", False),
        ("application/json, text/plain", False),
        ("application/jsonx", False),
        ("application", False),
        ("application/json; charset=utf-8; charset=iso-8859-1", False),
        ('application/json; x="' + "a" * 300 + '"', True),
        ("application/json; " + "a" * 1000, False),
    ],
)
def test_the_media_type_is_read_by_its_grammar(url: str, declared: str, taken: bool) -> None:
    answer = httpx.post(f"{url}/predict", content=GOOD, headers={"content-type": declared})
    assert answer.status_code == (200 if taken else 415)


@pytest.mark.parametrize("name", ["content-type", "content-encoding"])
def test_a_header_that_comes_twice_is_one_list(url: str, name: str) -> None:
    """A proxy may go by the other one."""
    declared = {"content-type": ["application/json"], "content-encoding": ["identity"]}
    declared[name] = [*declared[name], "application/x-other"]
    headers = [(each, value) for each, values in declared.items() for value in values]
    answer = httpx.post(f"{url}/predict", content=GOOD, headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD, "", 200, id="byte order mark"),
        pytest.param(gzip.compress(GOOD), "gzip", 200, id="gzip"),
        pytest.param(gzip.compress(b"\xef\xbb\xbf" + GOOD), "X-GZip", 200, id="both"),
        pytest.param(gzip.compress(GOOD[:9]) + gzip.compress(GOOD[9:]), "gzip", 200, id="members"),
        pytest.param(GOOD, "identity", 200, id="identity"),
        pytest.param(gzip.compress(GOOD), "identity, gzip,", 200, id="a list of one"),
        pytest.param(gzip.compress(GOOD)[:-3], "gzip", 400, id="cut off"),
        pytest.param(GOOD, "gzip", 400, id="no gzip"),
        pytest.param(gzip.compress(b"") * 101, "gzip", 400, id="too many members"),
        pytest.param(gzip.compress(b" " * 4001), "gzip", 413, id="too large"),
        pytest.param(gzip.compress(bytes(1 << 28), 9)[:3990], "gzip", 413, id="bomb"),
        pytest.param(zlib.compress(GOOD), "deflate", 200, id="deflate"),
        pytest.param(zlib.compress(GOOD)[:-3], "deflate", 400, id="deflate, cut off"),
        pytest.param(zlib.compress(b" " * 4001), "deflate", 413, id="deflate, too large"),
        pytest.param(GOOD, "br", 415, id="another encoding"),
        pytest.param(gzip.compress(gzip.compress(GOOD)), "gzip, gzip", 415, id="twice"),
    ],
)
def test_a_body_may_be_compressed(
    url: str, document: Any, content: bytes, encoding: str, status: int
) -> None:
    headers = JSON | {"content-encoding": encoding}
    answer = httpx.post(f"{url}/predict", content=content, headers=headers)
    assert answer.status_code == status
    check(document, answer, "/predict")
    assert (status == 415) == ("accept-encoding" in answer.headers)


def test_a_prefix_that_the_proxy_leaves_in_the_path_is_left_out(tokenizer_folder: Path) -> None:
    with contract_server(tokenizer_folder, path_prefix="/api") as (url, _):
        for path in ("/api/predict", "/predict"):
            assert httpx.post(f"{url}{path}", content=GOOD, headers=JSON).status_code == 200
        home = httpx.get(f"{url}/api", follow_redirects=True)
        assert home.url.path == "/api/"
        assert httpx.get(f"{url}/api/page/main.js").status_code == 200
        assert httpx.get(f"{url}/api/api/predict").status_code == 404
        assert httpx.get(f"{url}/apipredict").status_code == 404


def test_unknown_fields_are_counted_in_a_reply_of_a_few_bytes(tokenizer_folder: Path) -> None:
    body = {"text": "good", **{f"field {place}": 0 for place in range(400_000)}}
    with contract_server(tokenizer_folder) as (url, _):
        response = httpx.post(f"{url}/predict", json=body, timeout=60)
    assert response.status_code == 422
    assert len(response.content) < 1000
    (detail,) = response.json()["error"]["details"]
    assert detail == {"field": "(unknown field)", "problem": "400,000 in all."}


@pytest.mark.parametrize(
    ("route", "body", "fields"),
    [
        ("/predict", {"txt": "good"}, ["text", "(unknown field)"]),
        ("/predict", ["good"], [""]),
        ("/predict/batch", {"texts": "good"}, ["texts"]),
    ],
)
def test_each_problem_with_the_fields_is_told(
    url: str, route: str, body: Any, fields: list[str]
) -> None:
    error = httpx.post(f"{url}{route}", json=body).json()["error"]
    assert [detail["field"] for detail in error["details"]] == fields


def test_no_error_repeats_what_the_caller_sent(url: str) -> None:
    secret = "xyzzy-my-review"
    bodies = [{secret: 1}, {"text": "a", secret: secret}, {"texts": [secret]}, {"text": [secret]}]
    for body in bodies:
        assert secret not in httpx.post(f"{url}/predict", json=body).text
    assert secret not in httpx.get(f"{url}/{secret}").text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/predict/nothing", 404, "not_found"),
        ("GET", "/predict", 405, "method_not_allowed"),
        ("PUT", "/predict/batch", 405, "method_not_allowed"),
        ("POST", "/model", 405, "method_not_allowed"),
    ],
)
def test_routes_that_are_not_there_have_the_same_shape_of_error(
    url: str, method: str, path: str, status: int, code: str
) -> None:
    response = httpx.request(method, f"{url}{path}")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    if status == 405:
        assert response.headers["allow"]


@pytest.mark.parametrize("route", ["/model", "/livez", "/readyz", "/metrics", "/docs"])
def test_what_can_be_asked_fits_its_schema(url: str, document: Any, route: str) -> None:
    assert httpx.get(f"{url}{route}").status_code == 200
    check(document, httpx.get(f"{url}{route}"), route)


def test_a_browser_finds_an_icon(url: str) -> None:
    answer = httpx.get(f"{url}/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_a_full_queue_refuses_with_429_and_a_time(tokenizer_folder: Path) -> None:
    gate = Gate()
    engine = FakeEngine()
    limits = {"max_queue_tokens": 20, "max_batch_texts": 1}
    with contract_server(tokenizer_folder, engine, **limits) as (url, _):
        engine.before = gate
        with ThreadPoolExecutor(12) as pool:
            calls = [
                pool.submit(httpx.post, f"{url}/predict", json={"text": "good film"}, timeout=30)
                for _ in range(12)
            ]
            wait_until(lambda: sum(call.done() for call in calls) >= 6, 20)
            gate.open()
            responses = [call.result() for call in calls]
        document = httpx.get(f"{url}/openapi.json").json()
    refused = [response for response in responses if response.status_code == 429]
    assert 6 <= len(refused) < 12
    assert {response.status_code for response in responses} == {200, 429}
    for response in refused:
        assert check(document, response, "/predict")["error"]["code"] == "overloaded"
        assert int(response.headers["retry-after"]) >= 1


def test_a_list_too_large_for_any_queue_is_told_so_also_by_a_full_one(
    tokenizer_folder: Path,
) -> None:
    gate, engine = Gate(), FakeEngine()
    limits = {"max_queue_tokens": 20, "max_batch_texts": 1}
    with contract_server(tokenizer_folder, engine, **limits) as (url, model_server):
        engine.before = gate
        with ThreadPoolExecutor(6) as pool:
            calls = [
                pool.submit(httpx.post, f"{url}/predict", json={"text": "good film"}, timeout=30)
                for _ in range(6)
            ]
            wait_until(lambda: model_server.runner_load().waiting_tokens > 12, 20)
            response = httpx.post(f"{url}/predict/batch", json={"texts": ["good film"] * 30})
            gate.open()
            assert all(call.result().status_code in (200, 429) for call in calls)
    assert response.status_code == 413


def test_past_the_deadline_the_answer_is_504(tokenizer_folder: Path) -> None:
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine, timeout=0.05) as (url, _):
        engine.before = gate
        response = httpx.post(f"{url}/predict", json={"text": "good"})
        gate.open()
        document = httpx.get(f"{url}/openapi.json").json()
    assert response.status_code == 504
    assert check(document, response, "/predict")["error"]["code"] == "deadline_exceeded"


def test_while_starting_it_is_alive_but_not_ready(tokenizer_folder: Path) -> None:
    gate = Gate()

    def load() -> LoadedModel:
        gate(None)
        raise ModelNotFound("No model 'x' in the store.", "Run: python train.py")

    with contract_server(tokenizer_folder, load=load) as (url, model_server):
        assert httpx.get(f"{url}/livez").status_code == 200
        starting = httpx.get(f"{url}/readyz")
        refused = httpx.post(f"{url}/predict", json={"text": "good"})
        gate.open()
        wait_until(lambda: model_server.state == "failed", 10)
        failed = httpx.get(f"{url}/readyz")
        card = httpx.get(f"{url}/model")
        document = httpx.get(f"{url}/openapi.json").json()
    asked = [(starting, "/readyz"), (refused, "/predict"), (failed, "/readyz"), (card, "/model")]
    for response, route in asked:
        assert response.status_code == 503
        assert check(document, response, route)["error"]["code"] == "not_ready"
    assert "python train.py" in failed.json()["error"]["message"]


def test_a_fault_of_ours_is_a_500_that_tells_nothing(tokenizer_folder: Path) -> None:
    class Broken(Tokenizer):
        def encode_batch(self, texts: Any) -> Any:
            raise RuntimeError(f"cannot encode {texts}")

    def load() -> LoadedModel:
        broken = Broken(tokenizer_folder, max_length=64)
        return LoadedModel("sentiment:fake", make_card(), broken, FakeEngine())

    with contract_server(tokenizer_folder, load=load) as (url, model_server):
        wait_until(lambda: model_server.state == "ready", 10)
        response = httpx.post(f"{url}/predict", json={"text": "my secret review"})
        document = httpx.get(f"{url}/openapi.json").json()
    assert response.status_code == 500
    assert "secret" not in response.text
    assert check(document, response, "/predict")["error"]["code"] == "internal_error"


async def test_a_caller_who_leaves_is_not_computed_for(tokenizer_folder: Path) -> None:
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine) as (url, model_server):
        engine.before = gate

        def waiting() -> int:
            return model_server.runner_load().waiting_texts

        async with httpx.AsyncClient(base_url=url) as client:
            first = asyncio.create_task(client.post("/predict", json={"text": "good"}))
            await asyncio.to_thread(gate.reached.wait, 10)
            leaver = asyncio.create_task(client.post("/predict", json={"text": "bad bad bad"}))
            await asyncio.to_thread(wait_until, lambda: waiting() == 1, 10)
            leaver.cancel()
            await asyncio.to_thread(wait_until, lambda: waiting() == 0, 10)
            gate.open()
            assert (await first).status_code == 200
    assert sum(len(batch) for batch in engine.batches) == 5  # four to warm up, one answered


def test_metrics_count_requests_refusals_and_labels(tokenizer_folder: Path) -> None:
    with contract_server(tokenizer_folder) as (url, _):
        httpx.post(f"{url}/predict", json={"text": "good"})
        httpx.post(f"{url}/predict", json={"text": ""})
        lines = httpx.get(f"{url}/metrics").text.splitlines()
    for line in (
        'sentiment_requests_total{route="/predict",status="200"} 1.0',
        'sentiment_requests_total{route="/predict",status="422"} 1.0',
        "sentiment_texts_total 1.0",
    ):
        assert line in lines


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/plain; version=0.0.4"),
        ("text/plain;version=0.0.4", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.0.0,*/*;q=0.1", "application/openmetrics-text"),
        ("application/openmetrics-text;version=soon", "text/plain; version=0.0.4"),
    ],
)
def test_metrics_come_in_the_format_that_the_scraper_asks_for(
    url: str, document: Any, accept: str, kind: str
) -> None:
    response = httpx.get(f"{url}/metrics", headers={"accept": accept})
    assert response.headers["content-type"].startswith(kind)
    assert response.headers["vary"] == "Accept"
    text = check(document, response, "/metrics")
    if "openmetrics" in kind:
        assert text.endswith("# EOF\n")
        families = openmetrics.text_string_to_metric_families(text)
    else:
        families = prometheus.text_string_to_metric_families(text)
    assert "sentiment_requests" in {family.name for family in families}


def test_the_document_is_built_once_for_all_who_ask(tokenizer_folder: Path) -> None:
    """Its example is tokenised each time that it is built."""

    class Counting(Tokenizer):
        count = 0

        def encode(self, text: str) -> Any:
            self.count += 1
            return super().encode(text)

    tokenizer, gate = Counting(tokenizer_folder, max_length=64), Gate()

    def load() -> LoadedModel:
        gate(None)
        return LoadedModel("sentiment:fake", make_card(), tokenizer, FakeEngine())

    with contract_server(tokenizer_folder, load=load) as (url, model_server):
        early = httpx.get(f"{url}/openapi.json").text
        gate.open()
        wait_until(lambda: model_server.state == "ready", 10)
        before = tokenizer.count
        with ThreadPoolExecutor(16) as pool:
            calls = [
                pool.submit(httpx.get, f"{url}/{name}", timeout=60)
                for name in ("openapi.json", "docs.json") * 16
            ]
            answers = {call.result().text for call in calls}
    assert tokenizer.count == before + 1
    assert len(answers) == 1
    assert "sentiment:fake" in answers.pop()
    assert "sentiment:fake" not in early


def test_answers_are_compact_json_with_the_right_type(url: str) -> None:
    response = httpx.post(f"{url}/predict", json={"text": "good"})
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.content)["label"]


def test_the_examples_of_the_document_are_those_of_the_model_that_is_served(
    tokenizer_folder: Path,
) -> None:
    with contract_server(tokenizer_folder) as (address, _):
        wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 200, 20)
        served = httpx.get(f"{address}/openapi.json").json()
    operation = served["paths"]["/predict"]["post"]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert example["model"] == "sentiment:fake"
    assert set(example["probabilities"]) == {"negative", "positive"}


def test_every_answer_has_an_id_which_a_caller_may_give(url: str) -> None:
    ours = [httpx.get(f"{url}/{path}").headers["x-request-id"] for path in ("livez", "docs")]
    assert len(set(ours)) == 2
    for body, status in ((GOOD, 200), (b"{", 400)):
        headers = JSON | {"x-request-id": "order-7"}
        answer = httpx.post(f"{url}/predict", content=body, headers=headers)
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, "order-7")
