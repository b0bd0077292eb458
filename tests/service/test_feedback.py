"""Feedback over HTTP: switched on and off, right and wrong labels, keys, a full file."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.contract import check
from tests.support.keys import Keys, bearer
from tests.support.servers import contract_server

TEXT = "A waste of two hours."
BODY = {"text": TEXT, "label": "negative"}


class On:
    """A server where feedback is switched on."""

    def __init__(self, url: str, path: Path) -> None:
        self.url, self.path = url, path

    def tell(self, body: Any, **options: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/feedback", json=body, **options)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.fixture(scope="module")
def on(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[On]:
    path = tmp_path_factory.mktemp("feedback") / "feedback.jsonl"
    settings = {"feedback_file": path, "max_characters": 5_000}
    with contract_server(tokenizer_folder, **settings) as (url, _):
        yield On(url, path)


@pytest.fixture(scope="module")
def url(on: On) -> str:
    return on.url


def error(response: httpx.Response) -> Any:
    return response.json()["error"]


def test_what_is_told_is_written_down(on: On, document: Any) -> None:
    body = {"text": " <b>Bad</b>\n\u00fcber ", "label": "negative"}
    body |= {"said": "positive", "confidence": 0.61}
    response = on.tell(body, headers={"X-Request-ID": "r-1"})
    assert response.status_code == 201
    assert check(document, response, "/feedback") == {"status": "written"}
    line = on.lines()[-1]
    age = datetime.now(UTC) - datetime.fromisoformat(line.pop("time"))
    assert timedelta() <= age < timedelta(minutes=1)
    assert line == {"request_id": "r-1", "model": "sentiment:fake", **body}


def test_the_label_that_was_said_may_be_left_out_and_be_right(on: On) -> None:
    for more in ({}, {"said": None}, {"said": "negative"}):
        assert on.tell(BODY | more).status_code == 201
    assert on.lines()[-1]["said"] == "negative"
    assert "said" not in on.lines()[-2]


def test_it_is_counted_by_the_right_label(on: On) -> None:
    def count() -> float:
        name = 'sentiment_feedback_total{label="positive"} '
        found = [line for line in httpx.get(f"{on.url}/metrics").text.splitlines() if name in line]
        return float(found[0].split()[-1]) if found else 0.0

    before = count()
    on.tell(BODY | {"label": "positive"})
    on.tell(BODY | {"label": "bad"})
    assert count() == before + 1


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"text": TEXT, "label": "xyzzy"}, 422, "invalid_value", "['negative', 'positive']"),
        ({"text": TEXT, "label": "Negative"}, 422, "invalid_value", '"label" is none of the 2'),
        ({"text": TEXT, "label": ""}, 422, "invalid_value", '"label" is none'),
        ({"text": TEXT, "label": 1}, 422, "invalid_value", "label"),
        ({"text": TEXT, "label": None}, 422, "invalid_value", "label"),
        ({"text": TEXT}, 422, "invalid_value", "label"),
        ({"label": "negative"}, 422, "invalid_value", "text"),
        ({**BODY, "said": "xyzzy"}, 422, "invalid_value", '"said" is none of the 2'),
        ({**BODY, "confidence": 1.1}, 422, "invalid_value", "confidence"),
        ({**BODY, "confidence": "0.5"}, 422, "invalid_value", "confidence"),
        ({**BODY, "key": "xyzzy"}, 422, "invalid_value", "(unknown field)"),
        ({**BODY, "text": " \u200b\n"}, 422, "invalid_value", "empty or only white space"),
        ({**BODY, "text": ""}, 422, "invalid_value", "text"),
        ({**BODY, "text": 7}, 422, "invalid_value", "text"),
        ({**BODY, "text": ["a"]}, 422, "invalid_value", "text"),
        ({**BODY, "text": "\ud800"}, 422, "invalid_value", "text"),
        ({**BODY, "text": "x" * 5_001}, 413, "text_too_long", "SENTIMENT_MAX_CHARACTERS"),
        ([BODY], 422, "invalid_value", "right fields"),
    ],
)
def test_what_is_not_right_is_refused_in_words_and_not_kept(
    on: On, document: Any, body: Any, status: int, code: str, words: str
) -> None:
    on.tell(BODY)
    before = on.lines()
    sent = json.dumps(body).encode()  # httpx would refuse half a pair
    response = httpx.post(
        f"{on.url}/feedback", content=sent, headers={"content-type": "application/json"}
    )
    assert (response.status_code, error(response)["code"]) == (status, code)
    assert words in error(response)["message"]
    assert "xyzzy" not in response.text
    check(document, response, "/feedback")
    assert on.lines() == before


def test_the_model_says_whether_it_is_on(on: On, tokenizer_folder: Path) -> None:
    assert httpx.get(f"{on.url}/model").json()["feedback"] is True
    with contract_server(tokenizer_folder, feedback_file="") as (url, _):
        assert httpx.get(f"{url}/model").json()["feedback"] is False
        response = httpx.post(f"{url}/feedback", json=BODY)
        assert (response.status_code, error(response)["code"]) == (404, "not_found")
        assert error(response)["message"] == (
            "Feedback is not switched on. Name a file by SENTIMENT_FEEDBACK_FILE."
        )


def test_a_file_that_is_full_or_gone_is_told_and_costs_nothing_else(
    tokenizer_folder: Path, tmp_path: Path, document: Any
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    path = folder / "feedback.jsonl"
    settings = {"feedback_file": path, "max_feedback_bytes": 300}
    with contract_server(tokenizer_folder, **settings) as (url, _):
        assert httpx.post(f"{url}/feedback", json=BODY).status_code == 201
        before = path.read_bytes()
        full = httpx.post(f"{url}/feedback", json=BODY | {"text": "x" * 300})
        assert path.read_bytes() == before
        path.unlink()
        folder.rmdir()
        gone = httpx.post(f"{url}/feedback", json=BODY)
        for response, words in ((full, "is full"), (gone, "No such file or directory")):
            check(document, response, "/feedback")
            assert (response.status_code, error(response)["code"]) == (503, "feedback_not_written")
            assert words in error(response)["message"]
            assert str(tmp_path) not in response.text
        assert httpx.post(f"{url}/predict", json={"text": TEXT}).status_code == 200


def test_a_key_is_needed_and_its_name_is_kept(
    tokenizer_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keys = Keys(tmp_path)
    key, metrics = keys.add("shop"), keys.add("prometheus", "metrics")
    path = tmp_path / "feedback.jsonl"
    settings = {"api_keys_file": keys.path, "feedback_file": path}
    with contract_server(tokenizer_folder, **settings) as (url, _):
        told = [
            httpx.post(f"{url}/feedback", json=BODY, headers=headers).status_code
            for headers in ({}, bearer("wrong"), bearer(metrics), bearer(key))
        ]
    assert told == [401, 401, 403, 201]
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["key"] == "shop"
    assert key not in line
    assert TEXT not in caplog.text


def test_addresses_are_not_kept_and_have_their_limit(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "feedback.jsonl"
    settings = {"requests_per_minute": 2, "feedback_file": path}
    with contract_server(tokenizer_folder, **settings) as (url, _):
        told = [httpx.post(f"{url}/feedback", json=BODY).status_code for _ in range(3)]
    assert told == [201, 201, 429]
    assert "127.0.0.1" not in path.read_text()
    assert "key" not in json.loads(path.read_text().splitlines()[0])
