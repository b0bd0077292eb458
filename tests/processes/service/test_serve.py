"""`bentoml serve` for real: a stored model, HTTP, BentoML's own client, shutdown, the Bento."""

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bentoml
import httpx
import numpy as np
import pytest

from sentiment import store
from sentiment.calibration import probabilities
from sentiment.inference.predictor import Predictor
from tests.support.contract import check
from tests.support.models import store_classifier
from tests.support.processes import ROOT, environment, python
from tests.support.servers import Server, serving

MARK = "xyzzy"  # in every text that is sent, in no line that is logged


@pytest.fixture(scope="session")
def tag() -> str:
    """A small random model in the store."""
    return store_classifier()


@pytest.fixture(scope="module")
def server(tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(ROOT, log_folder=tmp_path_factory.mktemp("log"), model=tag) as running:
        yield running


@pytest.fixture(scope="module")
def texts() -> list[str]:
    words = ["good", "bad", "film", "plot", "the", "and", "awful", "great", MARK]
    generator = np.random.default_rng(0)
    return [
        " ".join([MARK, *generator.choice(words, size)]) for size in generator.integers(1, 90, 120)
    ]


@pytest.fixture(scope="module")
def offline(tag: str, texts: list[str]) -> list[dict[str, Any]]:
    predictor = Predictor.load(store.find(tag))
    return [prediction.model_dump() for prediction in predictor.predict(texts)]


def same(served: dict[str, Any], wanted: dict[str, Any]) -> bool:
    exact = ("label", "truncated", "tokens", "model")
    return all(served[key] == wanted[key] for key in exact) and served[
        "probabilities"
    ] == pytest.approx(wanted["probabilities"], abs=1e-4)


def test_concurrent_singles_and_lists_are_answered_as_offline(
    server: Server, texts: list[str], offline: list[dict[str, Any]]
) -> None:
    with server.client() as client, ThreadPoolExecutor(16) as pool:
        singles = [pool.submit(client.post, "/predict", json={"text": text}) for text in texts]
        cuts = [(0, 7), (7, 60), (60, 120)]
        lists = [
            pool.submit(client.post, "/predict/batch", json={"texts": texts[low:high]})
            for low, high in cuts
        ]
        served = [call.result().json() for call in singles]
        listed = [result for call in lists for result in call.result().json()["results"]]
    assert all(same(*pair) for pair in zip(served, offline, strict=True))
    assert all(same(*pair) for pair in zip(listed, offline, strict=True))


def test_evaluation_sees_the_same_probabilities(
    tag: str, texts: list[str], offline: list[dict[str, Any]]
) -> None:
    predictor = Predictor.load(store.find(tag))
    logits = predictor.logits(predictor.tokenizer.encode_batch(texts[::-1]))
    rows = probabilities(logits, predictor.card.calibration.temperature)[::-1]
    wanted = [list(prediction["probabilities"].values()) for prediction in offline]
    assert np.allclose(rows, wanted, atol=1e-4)


def test_bentomls_own_client_understands_the_service(
    server: Server, texts: list[str], offline: list[dict[str, Any]]
) -> None:
    with bentoml.SyncHTTPClient(server.url) as client:
        assert same(client.predict(text=texts[0]), offline[0])
        good, bad = client.predict_batch(texts=[texts[0], " "])["results"]
        assert same(good, offline[0])
        assert bad["error"]["code"] == "invalid_value"
        assert "empty" in bad["error"]["message"]


def test_the_model_card_is_served_with_the_engine_in_use(server: Server, tag: str) -> None:
    with server.client() as client:
        document = client.get("/openapi.json").json()
        body = check(document, client.get("/model"), "/model")
    assert body["tag"] == tag
    assert body["engine"]["backend"] == "torch"
    assert body["card"] == store.find(tag).card.model_dump(mode="json")


def test_metrics_are_prometheus_text_with_our_own_in_it(server: Server) -> None:
    with server.client() as client:
        client.post("/predict", json={"text": f"good {MARK}"})
        response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    for name in ("queue_tokens", "batch_tokens_bucket", "padding_tokens_total", "requests_total"):
        assert f"sentiment_{name}" in response.text


def test_the_documentation_loads_nothing_from_elsewhere(server: Server) -> None:
    with server.client() as client:
        page = client.get("/docs")
        assert "http" not in page.text.replace("http-equiv", "")
        for part in ("static_content/swagger-ui.css", "static_content/swagger-ui-bundle.js"):
            assert part in page.text
            assert client.get(f"/{part}").status_code == 200


def test_no_log_line_repeats_a_callers_text(server: Server) -> None:
    with server.client() as client:
        client.post("/predict", json={"text": f"good {MARK}"})
        client.post("/predict", json={"text": MARK, MARK: 1})
        client.post("/predict", content=f'{{"text": {MARK}')
        client.post(f"/{MARK}", json={"text": MARK})
        assert MARK not in client.get("/metrics").text
    log = server.log.read_text()
    assert "ready after" in log
    assert MARK not in log


def test_sigterm_answers_what_was_accepted_and_exits_cleanly(tag: str, tmp_path: Path) -> None:
    with (
        serving(ROOT, log_folder=tmp_path, model=tag, max_batch_texts="1") as running,
        running.client() as client,
        ThreadPoolExecutor(1) as pool,
    ):
        texts = ["good film and bad plot " * 9] * 1000
        call = pool.submit(client.post, "/predict/batch", json={"texts": texts})
        while "sentiment_batch_texts_count 0.0" in httpx.get(f"{running.url}/metrics").text:
            time.sleep(0.01)
        before = running.process.poll()
        code = running.stop()
        response = call.result()
    assert (before, code) == (None, 0)
    assert len(response.json()["results"]) == 1000


def test_a_log_of_json_has_no_other_line(tag: str, tmp_path: Path) -> None:
    """BentoML's and uvicorn's, of parent and worker, from the first line to the last."""
    with serving(ROOT, log_folder=tmp_path, model=tag, log_format="json") as running:
        running.stop()
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert {"bentoml.serve", "sentiment.serving"} <= {line["logger"] for line in lines}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "sentiment:nosuchtag"}, "python train.py"),
        ({"timeout": "soon"}, "SENTIMENT_TIMEOUT"),
        ({"tiemout": "3"}, "SENTIMENT_TIMEOUT"),
    ],
)
def test_a_server_that_cannot_start_says_why_in_a_line(
    tag: str, tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    command = ("-m", "bentoml", "serve", "service:Sentiment", "--port", "0")
    ended = python(*command, timeout=90, **environment(**settings))
    assert ended.returncode != 0
    assert words in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_bento_answers_from_elsewhere_with_the_repository_gone(
    tag: str, texts: list[str], offline: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Built from a copy that is then deleted; a newer model in the store changes nothing."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "sentiment", copy / "sentiment")
    shutil.copytree(ROOT / "requirements", copy / "requirements")
    for name in ("service.py", "bentofile.yaml", "README.md"):
        shutil.copy(ROOT / name, copy)
    command = ("-m", "bentoml", "build", "--output", "tag")
    built = python(*command, cwd=copy, timeout=120, SENTIMENT_MODEL=tag)
    assert built.returncode == 0, built.stderr
    bento = built.stdout.strip().removeprefix("__tag__:")
    shutil.rmtree(copy)
    store_classifier(seed=1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with serving(elsewhere, bento) as running, running.client() as client:
        served = client.post("/predict", json={"text": texts[0]}).json()
    assert same(served, offline[0])
