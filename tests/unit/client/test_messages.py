"""How lists are cut, and what answers of all kinds become."""

import json
from typing import Any

import httpx
import pytest

from sentiment.client.messages import body, content_of, pieces, results_of
from sentiment.errors import ServerError
from sentiment.schema import Prediction
from tests.support.answering import ANSWER


def answer(content: Any, status: int = 200) -> httpx.Response:
    text = content if isinstance(content, str) else json.dumps(content)
    return httpx.Response(status, text=text, request=httpx.Request("POST", "http://a/predict"))


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([], []),
        ([5], [1]),
        ([5] * 130, [64, 64, 2]),
        ([300_000] * 3, [1, 1, 1]),
        ([1_000_000, 5, 5], [1, 2]),
        ([250_000] * 4, [2, 2]),
    ],
)
def test_lists_are_cut_by_number_and_characters(lengths: list[int], sizes: list[int]) -> None:
    texts = ["x" * length for length in lengths]
    cut = list(pieces(iter(texts)))
    assert [len(piece) for piece in cut] == sizes
    assert [text for piece in cut for text in piece] == texts


def test_half_a_surrogate_pair_is_sent_as_json_writes_it() -> None:
    assert json.loads(body({"text": "naïve \ud800"})) == {"text": "naïve \ud800"}


def test_what_a_newer_server_adds_is_left_out() -> None:
    assert content_of(answer({**ANSWER.model_dump(), "mood": 7}), Prediction) == ANSWER


@pytest.mark.parametrize(
    "content", ["<html>", "[]", "7", "{}", '{"label": 7}', '{"results": 7}', '{"results": []}']
)
def test_an_answer_of_another_program_is_an_error(content: str) -> None:
    for read in (lambda a: content_of(a, Prediction), lambda a: results_of(a, ["a"])):
        with pytest.raises(ServerError, match="answered 200 with what") as raised:
            read(answer(content))
        assert raised.value.code == "server_error"


def test_an_error_has_the_code_and_the_message_of_the_server() -> None:
    told = {"error": {"code": "overloaded", "message": "Try again.", "details": [{"a": 1}]}}
    with pytest.raises(ServerError, match=r"^Try again\.$") as raised:
        content_of(answer(told, 429), Prediction)
    assert (raised.value.code, raised.value.http_status) == ("overloaded", 429)
    assert raised.value.details == [{"a": 1}]
    with pytest.raises(ServerError):
        results_of(answer(told, 429), ["a"])


@pytest.mark.parametrize(
    ("status", "content"), [(502, "<html>bad gateway</html>"), (403, '{"detail": "no"}')]
)
def test_an_error_of_another_program_has_its_status(status: int, content: str) -> None:
    with pytest.raises(ServerError, match=f"answered {status}") as raised:
        results_of(answer(content, status), ["a"])
    assert raised.value.http_status == status


def test_the_error_of_a_list_of_one_is_that_of_its_text() -> None:
    told = {"error": {"code": "body_too_large", "message": "Too large.", "details": []}}
    (result,) = results_of(answer(told, 413), ["a"])
    assert isinstance(result, ServerError)
    assert result.code == "body_too_large"
