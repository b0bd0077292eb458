"""Our own client, with and without an event loop, against a server with a fake engine."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from sentiment.client import AsyncClient, Client
from sentiment.errors import InvalidValue, NoAnswer, ServerError
from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import Prediction
from sentiment.serving.model_server import LoadedModel
from tests.support.cards import make_card
from tests.support.servers import contract_server, free_port, wait_until

Ask = Callable[..., Any]


def asked(url: str, method: str, *arguments: Any, wishes: Any = None, **options: Any) -> Any:
    with Client(url, **options) as client:
        return getattr(client, method)(*arguments, **(wishes or {}))


def asked_on_a_loop(
    url: str, method: str, *arguments: Any, wishes: Any = None, **options: Any
) -> Any:
    async def call() -> Any:
        async with AsyncClient(url, **options) as client:
            return await getattr(client, method)(*arguments, **(wishes or {}))

    return asyncio.run(call())


each_client = pytest.mark.parametrize("ask", [asked, asked_on_a_loop], ids=["sync", "async"])


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    limits = {"max_texts": 5, "max_characters": 500, "max_body_bytes": 2000}
    with contract_server(tokenizer_folder, **limits) as (address, _):
        yield address


@each_client
def test_one_text_is_a_prediction(url: str, ask: Ask) -> None:
    plain = httpx.post(f"{url}/predict", json={"text": "good film"}).json()
    assert ask(f"{url}/", "predict", "good film") == Prediction.model_validate(plain)


@each_client
def test_the_model_is_its_card(url: str, ask: Ask) -> None:
    served = ask(url, "model")
    assert (served.tag, served.card) == ("sentiment:fake", make_card())


@each_client
def test_a_list_past_every_limit_is_split_and_kept_in_order(url: str, ask: Ask) -> None:
    texts = ["good " * (1 + place % 60) for place in range(200)]
    results = ask(url, "predict_batch", iter(texts))
    assert [each.tokens for each in results] == [3 + place % 60 for place in range(200)]


@each_client
@pytest.mark.parametrize("texts", [[], ["good"]])
def test_a_short_list_is_a_list_too(url: str, ask: Ask, texts: list[str]) -> None:
    assert len(ask(url, "predict_batch", texts)) == len(texts)


BAD = {7: "", 70: "x" * 501, 71: "x" * 3000, 130: "\ud800", 131: "\u2d30"}


@each_client
def test_errors_of_texts_stand_in_their_places(url: str, ask: Ask) -> None:
    texts = [BAD.get(place, "good film") for place in range(140)]
    results = ask(url, "predict_batch", texts, True)
    errors = {place: each.code for place, each in enumerate(results) if place in BAD}
    assert errors == {
        7: "invalid_value",
        70: "text_too_long",
        71: "body_too_large",
        130: "invalid_value",
        131: "invalid_value",
    }
    good = [each for place, each in enumerate(results) if place not in BAD]
    assert {type(each) for each in good} == {Prediction}


@each_client
def test_or_the_first_of_them_is_raised(url: str, ask: Ask) -> None:
    texts = [BAD.get(place, "good film") for place in range(60, 140)]
    with pytest.raises(ServerError, match=r"^Text 11: The text has 501 characters") as raised:
        ask(url, "predict_batch", texts)
    assert raised.value.code == "text_too_long"


@each_client
@pytest.mark.parametrize(
    ("text", "code", "status"), [(" ", "invalid_value", 422), ("x" * 501, "text_too_long", 413)]
)
def test_a_refusal_is_an_exception(url: str, ask: Ask, text: str, code: str, status: int) -> None:
    with pytest.raises(ServerError) as raised:
        ask(url, "predict", text)
    assert (raised.value.code, raised.value.http_status) == (code, status)
    assert str(raised.value)


@each_client
def test_a_full_server_is_asked_again_when_it_says(tokenizer_folder: Path, ask: Ask) -> None:
    """Room for one piece; several are sent, and none is computed until one was refused."""
    texts = ["good film " * (1 + place % 12) for place in range(64 * 6)]
    free, engine = threading.Event(), FakeEngine()
    with (
        contract_server(tokenizer_folder, engine, max_queue_tokens=1600) as (url, _),
        ThreadPoolExecutor(1) as pool,
    ):
        engine.before = lambda _: free.wait(30)
        call = pool.submit(ask, url, "predict_batch", texts)
        wait_until(lambda: 'reason="queue_full"' in httpx.get(f"{url}/metrics").text, 20)
        free.set()
        assert [each.tokens for each in call.result()] == [
            2 + 2 * (1 + place % 12) for place in range(64 * 6)
        ]


@each_client
def test_a_server_that_starts_is_waited_for(tokenizer_folder: Path, ask: Ask) -> None:
    ready = threading.Event()

    def load() -> LoadedModel:
        ready.wait(30)
        tokenizer = Tokenizer(tokenizer_folder, max_length=64)
        return LoadedModel("sentiment:fake", make_card(), tokenizer, FakeEngine())

    with contract_server(tokenizer_folder, load=load) as (url, _), ThreadPoolExecutor(1) as pool:
        call = pool.submit(ask, url, "predict", "good film")
        refused = 'sentiment_requests_total{route="/predict",status="503"}'
        wait_until(lambda: refused in httpx.get(f"{url}/metrics").text, 20)
        ready.set()
        assert call.result().model == "sentiment:fake"


@each_client
def test_past_its_time_the_refusal_is_raised(tokenizer_folder: Path, ask: Ask) -> None:
    ready = threading.Event()
    with contract_server(tokenizer_folder, load=lambda: ready.wait(30)) as (url, _):
        for method, argument in (("predict", "good"), ("predict_batch", ["good"] * 200)):
            with pytest.raises(ServerError) as raised:
                ask(url, method, argument, patience_s=0.0)
            assert (raised.value.code, raised.value.http_status) == ("not_ready", 503)
        ready.set()


@each_client
@pytest.mark.parametrize("url", ["http://127.0.0.1:{free}", "nothing", "http://[::1", ""])
def test_where_nobody_answers_it_is_told(url: str, ask: Ask) -> None:
    url = url.replace("{free}", str(free_port()))
    with pytest.raises(NoAnswer) as raised:
        ask(url, "predict", "good")
    assert raised.value.code == "no_answer"


@each_client
def test_headers_are_sent_with_each_request(url: str, ask: Ask) -> None:
    with pytest.raises(ServerError) as raised:
        ask(url, "predict", "good", headers={"Content-Encoding": "br"})
    assert raised.value.code == "unsupported_encoding"


@each_client
def test_an_answer_says_more_if_that_is_wished_for(url: str, ask: Ask) -> None:
    text = "A good film. Not dull !"
    answer = ask(url, "predict", text, wishes={"sentences": True, "explain": True})
    assert [text[each.offset :][: each.length] for each in answer.sentences] == [
        *("A good film.", "Not dull !")
    ]
    assert answer.explanation.method == "leave-one-out"
    assert answer.warnings is None
    many = ask(url, "predict_batch", [text] * 70, wishes={"warnings": True})
    assert [each.warnings for each in many] == [[]] * 70


@each_client
@pytest.mark.parametrize("method", ["predict", "predict_batch"])
def test_a_wish_that_there_is_not_is_told_before_anything_is_sent(ask: Ask, method: str) -> None:
    argument = "good" if method == "predict" else ["good"]
    with pytest.raises(InvalidValue, match=r"'explian'.*sentences, explain, warnings"):
        ask("http://127.0.0.1:1", method, argument, wishes={"explian": True})


@each_client
@pytest.mark.parametrize("text", [None, 7, float("nan"), b"good", ["good"]])
def test_what_is_no_text_is_told_with_its_place(url: str, ask: Ask, text: Any) -> None:
    with pytest.raises(InvalidValue, match="must be a string, not"):
        ask(url, "predict", text)
    with pytest.raises(InvalidValue, match="Text 72 must be a string, not"):
        ask(url, "predict_batch", [*["good"] * 71, text])


@each_client
@pytest.mark.parametrize("texts", ["good film", b"good film"])
def test_one_text_is_no_list(url: str, ask: Ask, texts: Any) -> None:
    with pytest.raises(InvalidValue, match="no list"):
        ask(url, "predict_batch", texts)
