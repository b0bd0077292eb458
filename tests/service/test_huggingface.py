"""Hugging Face's own `InferenceClient` against our server."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.support.contract import check
from tests.support.servers import contract_server


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, max_characters=500) as (address, _):
        yield address


@pytest.fixture
def client(url: str, monkeypatch: pytest.MonkeyPatch) -> InferenceClient:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return InferenceClient(base_url=url)


def test_its_answer_is_ours(url: str, client: InferenceClient) -> None:
    answer = client.text_classification("good film")
    ours = httpx.post(f"{url}/predict", json={"text": "good film"}).json()
    assert {each.label: each.score for each in answer} == ours["probabilities"]
    assert answer[0].label == ours["label"]
    assert [each.score for each in answer] == sorted((each.score for each in answer), reverse=True)


@pytest.mark.parametrize(("top_k", "labels"), [(1, 1), (2, 2), (9, 2)])
def test_it_may_ask_for_the_most_probable_labels(
    client: InferenceClient, top_k: int, labels: int
) -> None:
    assert len(client.text_classification("good film", top_k=top_k)) == labels


def test_it_may_ask_for_probabilities_or_logits(client: InferenceClient) -> None:
    given = client.text_classification("good film", function_to_apply="softmax")
    logits = client.text_classification("good film", function_to_apply="none")
    assert [math.exp(each.score) for each in logits] == pytest.approx(
        [each.score for each in given]
    )


def test_scores_of_labels_by_themselves_are_refused(client: InferenceClient) -> None:
    with pytest.raises(HfHubHTTPError, match="'softmax' or 'none'"):
        client.text_classification("good film", function_to_apply="sigmoid")


@pytest.mark.parametrize(
    ("text", "words"), [("", "empty"), ("x" * 501, "501 characters"), (" ", "white space")]
)
def test_it_shows_why_a_text_was_refused(client: InferenceClient, text: str, words: str) -> None:
    with pytest.raises(HfHubHTTPError, match=words):
        client.text_classification(text)


def test_below_a_prefix_it_posts_to_the_very_address(
    tokenizer_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with contract_server(tokenizer_folder, path_prefix="/api") as (url, _):
        for address in (url, f"{url}/", f"{url}/api", f"{url}/api/"):
            assert InferenceClient(base_url=address).text_classification("good film")


@pytest.mark.parametrize(
    "parameters",
    [{"top_k": 0}, {"top_k": "1"}, {"top_k": 1.5}, {"function_to_apply": "relu"}, {"top": 1}, 7],
)
def test_wrong_parameters_are_named(url: str, parameters: Any) -> None:
    body = {"inputs": "good", "parameters": parameters}
    response = httpx.post(url, json=body)
    document = httpx.get(f"{url}/openapi.json").json()
    assert response.status_code == 422
    assert "parameters" in check(document, response, "/")["error"]


def test_options_of_older_clients_change_nothing(url: str) -> None:
    body = {"inputs": "good film", "options": {"wait_for_model": True, "use_cache": False}}
    plain = httpx.post(url, json={"inputs": "good film"})
    assert httpx.post(url, json=body).json() == plain.json()
