"""Answers that say more, over HTTP: only when asked, with offsets into what was sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sentiment.inference.fake import FakeEngine
from sentiment.inference.tokenizing import Tokenizer
from sentiment.schema import Prediction
from sentiment.serving.details import MOST_EXPLAINED
from sentiment.serving.model_server import LoadedModel
from tests.support.cards import make_card
from tests.support.contract import check
from tests.support.servers import contract_server, wait_until

TEXT = "A good film.<br />Not very great &amp; dull !"
CURVE = {"texts": 9, "points": [{"confidence": 0.9, "coverage": 0.5, "risk": 0.1}]}
PROFILE = {"shortest": 40, "pieces_per_word": 2.0, "seen": None}


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder) as (address, _):
        yield address


def ask(url: str, text: str, **wishes: Any) -> Any:
    return httpx.post(f"{url}/predict", json={"text": text, **wishes}, timeout=60).json()


def test_nobody_asked_for_more(url: str) -> None:
    plain = Prediction.model_fields.keys() - set(Prediction.ON_REQUEST)
    assert ask(url, TEXT).keys() == plain
    assert ask(url, TEXT, sentences=False, explain=False).keys() == plain


def test_each_sentence_is_answered_as_if_it_came_alone(url: str, document: Any) -> None:
    asked = httpx.post(f"{url}/predict", json={"text": TEXT, "sentences": True})
    answer = check(document, asked, "/predict")
    found = [TEXT[each["offset"] :][: each["length"]] for each in answer["sentences"]]
    assert found == ["A good film.", "Not very great &amp; dull !"]
    for sentence, text in zip(answer["sentences"], found, strict=True):
        alone = ask(url, text)
        for name in ("label", "confidence", "probabilities"):
            assert sentence[name] == alone[name]
    sure = {each["label"] for each in answer["sentences"] if each["confidence"] >= 0.8}
    assert answer["mixed"] == (len(sure) > 1)
    assert {name: answer[name] for name in ask(url, TEXT)} == ask(url, TEXT)


def test_a_contribution_is_what_the_label_loses_without_the_part(url: str, document: Any) -> None:
    asked = httpx.post(f"{url}/predict", json={"text": TEXT, "explain": True})
    answer = check(document, asked, "/predict")
    why = answer["explanation"]
    assert (why["label"], why["method"], why["rest"]) == (answer["label"], "leave-one-out", None)
    parts = why["words"] + why["sentences"]
    assert [TEXT[each["offset"] :][: each["length"]] for each in parts] == [
        *("A", "good", "film", "Not", "very", "great", "dull"),
        *("A good film.", "Not very great &amp; dull !"),
    ]
    for each in parts:
        rest = TEXT[: each["offset"]] + TEXT[each["offset"] + each["length"] :]
        loss = answer["confidence"] - ask(url, rest)["probabilities"][answer["label"]]
        assert each["contribution"] == pytest.approx(loss, abs=1e-9)


def test_a_list_is_answered_in_detail_and_a_bad_text_fails_alone(url: str, document: Any) -> None:
    body = {"texts": [TEXT, " ", "good"], "sentences": True, "explain": True, "warnings": True}
    answer = check(document, httpx.post(f"{url}/predict/batch", json=body), "/predict/batch")
    one, bad, other = answer["results"]
    assert "error" in bad
    assert one == ask(url, TEXT, sentences=True, explain=True, warnings=True)
    assert [each["contribution"] for each in other["explanation"]["words"]] == [None]
    assert other["explanation"]["sentences"] == []


def test_explanations_are_bounded_in_number_and_say_so(url: str) -> None:
    why = ask(url, "good film . " * 300, explain=True)["explanation"]
    assert (why["words_each"], len(why["words"])) == (6, 100)
    assert len(why["sentences"]) <= 40
    body = {"texts": ["good"] * (MOST_EXPLAINED + 1), "explain": True}
    refused = httpx.post(f"{url}/predict/batch", json=body)
    assert refused.status_code == 422
    assert f"at most {MOST_EXPLAINED}" in refused.json()["error"]["message"]


@pytest.mark.parametrize("value", [1, "true", None, [], {}])
def test_a_wish_is_true_or_false(url: str, document: Any, value: Any) -> None:
    asked = httpx.post(f"{url}/predict", json={"text": "good", "explain": value})
    error = check(document, asked, "/predict")["error"]
    assert asked.status_code == 422
    assert error["details"] == [{"field": "explain", "problem": "It must be true or false."}]


def marking(tokenizer_folder: Path, **card: Any) -> LoadedModel:
    tokenizer = Tokenizer(tokenizer_folder, max_length=64)
    return LoadedModel("sentiment:fake", make_card(**card), tokenizer, FakeEngine())


def test_doubt_marks_each_answer_and_the_model_says_from_where(tokenizer_folder: Path) -> None:
    model = marking(tokenizer_folder, risk_coverage=CURVE, texts=PROFILE)
    with contract_server(tokenizer_folder, load=lambda: model, max_risk=0.1) as (url, _):
        wait_until(lambda: httpx.get(f"{url}/readyz").is_success, 20)
        answers = [ask(url, text) for text in ("good", "bad", "film", "dull", "great fun", "a b")]
        assert [each["uncertain"] for each in answers] == [
            each["confidence"] < 0.9 for each in answers
        ]
        doubt = httpx.get(f"{url}/model").json()["doubt"]
        assert doubt == {"max_risk": 0.1, "confidence": 0.9, "coverage": 0.5}
        assert ask(url, "10/10 !", warnings=True)["warnings"] == ["no_words", "short"]


def test_a_model_without_a_curve_does_not_serve_a_risk(tokenizer_folder: Path) -> None:
    model = marking(tokenizer_folder)
    with contract_server(tokenizer_folder, load=lambda: model, max_risk=0.1) as (url, server):
        wait_until(lambda: server.state == "failed", 20)
        message = httpx.get(f"{url}/readyz").json()["error"]["message"]
        assert "sentiment:fake has no risk-coverage curve" in message
