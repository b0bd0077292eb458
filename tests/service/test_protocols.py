"""Other protocols over real HTTP: the same limits and refusals as ours, each in its own shape."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sentiment.inference.fake import FakeEngine
from tests.support.contract import check
from tests.support.runners import Gate
from tests.support.servers import contract_server, wait_until

JSON = {"content-type": "application/json"}
LIMITS = {"max_body_bytes": 4000, "max_characters": 500, "max_texts": 5}


@dataclass(frozen=True)
class Spoken:
    """A protocol: where it is asked, how a list of texts is said, what an answer says of them."""

    path: str
    template: str
    body: Callable[[list[Any]], Any]
    labels: Callable[[Any], list[str]]
    message: Callable[[Any], str]

    def ask(self, url: str, texts: list[Any]) -> httpx.Response:
        content = json.dumps(self.body(texts))  # httpx itself takes no half of a surrogate pair
        return httpx.post(f"{url}{self.path}", content=content, headers=JSON, timeout=30)

    def __str__(self) -> str:
        return self.path


def tensor(texts: list[Any]) -> Any:
    inputs = {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": texts}
    return {"inputs": [inputs]}


HUGGING_FACE = Spoken(
    "/",
    "/",
    lambda texts: {"inputs": texts},
    lambda body: [scores[0]["label"] for scores in body],
    lambda body: str(body["error"]),
)
VLLM = Spoken(
    "/classify",
    "/classify",
    lambda texts: {"input": texts},
    lambda body: [each["label"] for each in body["data"]],
    lambda body: str(body["error"]["message"]),
)
OPEN_INFERENCE = Spoken(
    "/v2/models/sentiment/infer",
    "/v2/models/{model}/infer",
    tensor,
    lambda body: list(body["outputs"][0]["data"]),
    lambda body: str(body["error"]),
)
PROTOCOLS = [HUGGING_FACE, VLLM, OPEN_INFERENCE]
each_protocol = pytest.mark.parametrize("spoken", PROTOCOLS, ids=str)


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, **LIMITS) as (address, _):
        yield address


@each_protocol
def test_a_list_is_answered_in_order_as_we_answer_it(
    url: str, document: Any, spoken: Spoken
) -> None:
    texts = ["good film", "bad bad film", "a film", "dull"]
    body = check(document, spoken.ask(url, texts), spoken.template)
    ours = httpx.post(f"{url}/predict/batch", json={"texts": texts}).json()["results"]
    assert spoken.labels(body) == [each["label"] for each in ours]


REFUSED = [
    pytest.param([], 422, "empty", id="no text"),
    pytest.param(["good"] * 6, 422, "at most 5", id="too many texts"),
    pytest.param(["good", " ", "x"], 422, "Text 2: The text is empty", id="an empty text"),
    pytest.param(["good", 7], 422, "Text 2: A text must be a string", id="a number"),
    pytest.param(["good", "x" * 501], 413, "Text 2: The text has 501", id="a long text"),
    pytest.param(["x" * 501], 413, "501 characters", id="one long text"),
    pytest.param(["good", "\u2d30"], 422, "Text 2: ", id="a text of unknown letters"),
    pytest.param(["good", "\ud800"], 422, "Text 2: ", id="half a surrogate pair"),
    pytest.param(["x" * 5000], 413, "The body has more", id="a large body"),
    pytest.param(["good", None], 422, "Text 2: A text must be a string", id="null"),
    pytest.param([{"text": "good"}], 422, "A text must be a string", id="an object"),
]


@each_protocol
@pytest.mark.parametrize(("texts", "status", "words"), REFUSED)
def test_what_we_refuse_is_refused_with_our_words_in_its_shape(
    url: str, document: Any, spoken: Spoken, texts: list[Any], status: int, words: str
) -> None:
    response = spoken.ask(url, texts)
    assert response.status_code == status
    assert words in spoken.message(check(document, response, spoken.template))


BROKEN = [
    pytest.param(b"{", 400, id="half an object"),
    pytest.param(b"", 400, id="no body"),
    pytest.param(b'{"\xff": 1}', 400, id="not UTF-8"),
    pytest.param(b"NaN", 400, id="not a number"),
    pytest.param(b'{"a": 1} {}', 400, id="two values"),
    pytest.param(b"[1]", 422, id="no object"),
    pytest.param(b"7", 422, id="a number"),
    pytest.param(b"{}", 422, id="no field"),
    pytest.param(b'{"xyzzy": 1}', 422, id="an unknown field"),
    pytest.param(b'{"input": "a", "input": "b"}', 422, id="a field twice"),
    pytest.param(b'{"input": %s}' % (b"[" * 900 + b"]" * 900), 422, id="deep"),
    pytest.param(b'{"input": %s}' % (b"9" * 3000), 422, id="3,000 digits"),
    pytest.param(b'{"input": [%s0]}' % (b"0," * 1500), 422, id="many values"),
]


@each_protocol
@pytest.mark.parametrize(("content", "status"), BROKEN)
def test_a_broken_body_is_refused_in_its_shape(
    url: str, document: Any, spoken: Spoken, content: bytes, status: int
) -> None:
    response = httpx.post(f"{url}{spoken.path}", content=content, headers=JSON)
    assert response.status_code == status, response.text
    message = spoken.message(check(document, response, spoken.template))
    assert message
    assert "xyzzy" not in response.text


@each_protocol
def test_a_full_queue_refuses_it_with_a_time(tokenizer_folder: Path, spoken: Spoken) -> None:
    gate, engine = Gate(), FakeEngine()
    limits = {"max_queue_tokens": 20, "max_batch_texts": 1}
    with contract_server(tokenizer_folder, engine, **limits) as (url, _):
        engine.before = gate
        with ThreadPoolExecutor(12) as pool:
            calls = [pool.submit(spoken.ask, url, ["good film"]) for _ in range(12)]
            wait_until(lambda: sum(call.done() for call in calls) >= 6, 20)
            gate.open()
            responses = [call.result() for call in calls]
        document = httpx.get(f"{url}/openapi.json").json()
        metrics = httpx.get(f"{url}/metrics").text
    refused = [response for response in responses if response.status_code == 429]
    assert {response.status_code for response in responses} == {200, 429}
    for response in refused:
        assert "Try again" in spoken.message(check(document, response, spoken.template))
        assert int(response.headers["retry-after"]) >= 1
    counted = f'sentiment_requests_total{{route="{spoken.template}",status="429"}}'
    assert f"{counted} {len(refused):.1f}" in metrics.splitlines()


@each_protocol
def test_past_the_deadline_and_before_the_start_it_is_told_in_its_shape(
    tokenizer_folder: Path, spoken: Spoken
) -> None:
    gate, engine, starting = Gate(), FakeEngine(), Gate()

    def load() -> Any:
        starting(None)

    with contract_server(tokenizer_folder, engine, timeout=0.05) as (url, _):
        engine.before = gate
        late = spoken.ask(url, ["good"])
        gate.open()
        document = httpx.get(f"{url}/openapi.json").json()
    with contract_server(tokenizer_folder, load=load) as (url, _):
        early = spoken.ask(url, ["good"])
        starting.open()
    assert (late.status_code, early.status_code) == (504, 503)
    for response in (late, early):
        assert spoken.message(check(document, response, spoken.template))


@each_protocol
def test_no_error_repeats_what_the_caller_sent(url: str, spoken: Spoken) -> None:
    secret = "xyzzy-my-review"
    bodies = [
        {secret: 1},
        spoken.body([{secret: secret}]),
        {**spoken.body(["good"]), secret: secret},
        {**spoken.body(["good"]), "parameters": {secret: secret, "top_k": secret}, "model": secret},
        {**spoken.body(["good"]), "outputs": [{"name": secret}], "user": [secret]},
    ]
    for body in bodies:
        response = httpx.post(f"{url}{spoken.path}", content=json.dumps(body), headers=JSON)
        assert secret not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/sentiment/infer", 405),
        ("POST", "/v2/health/live", 405),
        ("GET", "/v2/models/other", 404),
        ("GET", "/v2/models/sentiment/versions/other", 404),
        ("GET", "/v2/models/other/ready", 404),
        ("POST", "/v2/repository/index", 404),
        ("GET", "/v2/models/{model}/nothing", 404),
    ],
)
def test_below_v2_what_is_not_there_is_told_as_its_clients_read_it(
    url: str, method: str, path: str, status: int
) -> None:
    response = httpx.request(method, f"{url}{path}")
    assert response.status_code == status
    assert isinstance(response.json()["error"], str)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v2", "/v2"),
        ("/v2/health/live", "/v2/health/live"),
        ("/v2/health/ready", "/v2/health/ready"),
        ("/v2/models/sentiment", "/v2/models/{model}"),
        ("/v2/models/sentiment:fake/ready", "/v2/models/{model}/ready"),
        ("/v2/models/sentiment%3Afake", "/v2/models/{model}"),
        ("/v2/models/sentiment/versions/fake", "/v2/models/{model}/versions/{version}"),
        ("/v2/models/sentiment/versions/fake/ready", "/v2/models/{model}/versions/{version}/ready"),
        ("/v1/models", "/v1/models"),
    ],
)
def test_what_can_be_asked_fits_the_document(
    url: str, document: Any, path: str, template: str
) -> None:
    response = httpx.get(f"{url}{path}")
    assert response.status_code == 200
    check(document, response, template)


@pytest.mark.parametrize(
    ("spoken", "field"),
    [(VLLM, "request_id"), (VLLM, "model"), (VLLM, "user"), (OPEN_INFERENCE, "id")],
    ids=str,
)
def test_half_a_surrogate_pair_in_what_is_no_text_is_refused(
    url: str, document: Any, spoken: Spoken, field: str
) -> None:
    content = json.dumps({**spoken.body(["good"]), field: "\ud800"})
    response = httpx.post(f"{url}{spoken.path}", content=content, headers=JSON)
    assert response.status_code == 422
    assert field in spoken.message(check(document, response, spoken.template))


def test_a_path_that_is_written_as_in_the_table_has_its_words_as_parameters(url: str) -> None:
    assert httpx.get(f"{url}/v2/models/{{model}}").status_code == 404
