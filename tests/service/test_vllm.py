"""`POST /classify` as vLLM's own example asks, in its words: https://docs.vllm.ai/ (classify)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.contract import check
from tests.support.servers import contract_server

TEXTS = ["good film", "bad bad film"]


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder) as (address, _):
        yield address


def test_the_steps_of_its_example_work(url: str, document: Any) -> None:
    listed = check(document, httpx.get(f"{url}/v1/models"), "/v1/models")
    model = listed["data"][0]["id"]
    payload = {"model": model, "input": TEXTS}
    answer = check(document, httpx.post(f"{url}/classify", json=payload), "/classify")
    ours = httpx.post(f"{url}/predict/batch", json={"texts": TEXTS}).json()["results"]
    assert answer["data"] == [
        {
            "index": place,
            "label": one["label"],
            "probs": list(one["probabilities"].values()),
            "num_classes": 2,
        }
        for place, one in enumerate(ours)
    ]
    tokens = sum(one["tokens"] for one in ours)
    usage = answer["usage"]
    assert (usage["prompt_tokens"], usage["total_tokens"]) == (tokens, tokens)
    assert usage["completion_tokens"] == 0
    assert (answer["object"], answer["model"]) == ("list", model)
    assert answer["id"].startswith("classify-")


@pytest.mark.parametrize("model", ["sentiment", "sentiment:fake", None])
def test_one_text_and_every_name_of_the_model_are_taken(url: str, model: str | None) -> None:
    answer = httpx.post(f"{url}/classify", json={"model": model, "input": "good film"})
    assert len(answer.json()["data"]) == 1


def test_another_model_is_not_found(url: str, document: Any) -> None:
    response = httpx.post(f"{url}/classify", json={"model": "gpt", "input": "good film"})
    error = check(document, response, "/classify")["error"]
    assert (response.status_code, error["type"], error["code"]) == (404, "unknown_model", 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("use_activation", False),
        ("activation", False),
        ("softmax", False),
        ("add_special_tokens", False),
        ("truncate_prompt_tokens", 5),
        ("priority", 1),
        ("priority", False),
        ("use_activation", 1),
        ("user", 7),
        ("request_id", "x" * 1001),
    ],
)
def test_what_would_change_the_answer_is_refused(
    url: str, document: Any, field: str, value: Any
) -> None:
    response = httpx.post(f"{url}/classify", json={"input": "good", field: value})
    error = check(document, response, "/classify")["error"]
    assert (response.status_code, error["type"]) == (422, "invalid_value")
    assert error["param"] in (field, "(unknown field)")


def test_a_request_may_have_a_name(url: str) -> None:
    body = {"input": "good", "request_id": "mine", "user": "me", "use_activation": True}
    assert httpx.post(f"{url}/classify", json=body).json()["id"] == "classify-mine"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("use_activation", None),
        ("activation", True),
        ("softmax", True),
        ("add_special_tokens", True),
        ("truncate_prompt_tokens", -1),
        ("truncate_prompt_tokens", None),
        ("priority", 0),
        ("user", None),
    ],
)
def test_what_asks_for_what_is_done_anyway_is_taken(url: str, field: str, value: Any) -> None:
    response = httpx.post(f"{url}/classify", json={"input": "good", field: value})
    assert response.status_code == 200
