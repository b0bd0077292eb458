"""`evaluate.py --url` against servers: the same report as offline, and what it refuses."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import evaluate
from sentiment import cli, data, store
from sentiment.errors import DataError, UsageError
from sentiment.evaluation import remote, report
from sentiment.inference.fake import FakeEngine
from sentiment.settings import DataSettings, TrainingSettings
from tests.support.builders import make_card, write_csv
from tests.support.models import MAX_LENGTH, make_classifier
from tests.support.servers import ROOT, Server, contract_server, serving, wait_until

NAMES = ("negative", "positive")
ROWS = [(f"{word} film number {n}", NAMES[n % 2]) for n in range(90) for word in ("good", "dull")]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the model was trained on."""
    return write_csv(tmp_path_factory.mktemp("own") / "mine.csv", ROWS)


@pytest.fixture(scope="module")
def tag(own: Path) -> str:
    """A small random classifier whose card and seen texts are those of `own`."""
    settings = TrainingSettings.parse({"data": str(own), "max_length": MAX_LENGTH})
    corpus = data.load(
        DataSettings.parse(settings.model_dump(include=set(DataSettings.model_fields)))
    )
    card = make_card(
        truncation={"max_length": MAX_LENGTH, "policy": "head+tail"},
        data=corpus.summary.model_dump(),
        settings=json.loads(json.dumps(settings.trajectory())),
    )
    folder = make_classifier(own.parent / "model", "bert")
    return store.save("url", folder, card, corpus.seen_hashes())


@pytest.fixture(scope="module")
def server(tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(ROOT, log_folder=tmp_path_factory.mktemp("log"), model=tag) as running:
        yield running


def evaluated(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run `evaluate.py`; return its exit status and its report."""
    file = folder / "report.json"
    code = cli.run(lambda: evaluate.main([*arguments, "--json", str(file)]))
    return code, json.loads(file.read_text()) if file.exists() else {}


def test_it_agrees_with_the_offline_evaluation_of_the_same_tag(
    server: Server, tag: str, tmp_path: Path
) -> None:
    (offline_code, offline), (code, served) = (
        evaluated(tmp_path, *arguments) for arguments in ([tag], ["--url", server.url])
    )
    assert (offline_code, code) == (0, 0)
    for name, value in offline.items():
        close = name.startswith(("log_loss", "expected_calibration"))
        assert served[name] == (pytest.approx(value, abs=1e-3) if close else value), name


def test_texts_that_the_served_model_has_seen_are_refused(
    server: Server, own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluated(tmp_path, "--url", server.url, "--data", str(own)) == (2, {})
    assert "was trained or calibrated on" in capsys.readouterr().err


def test_another_tag_than_the_one_served_is_refused(server: Server) -> None:
    with pytest.raises(UsageError, match=r"serves url:.*, not url:other"):
        remote.connect(server.url, "url:other")


def test_without_the_model_here_its_data_tell_what_it_has_seen(tag: str, own: Path) -> None:
    card = store.find(tag).card
    model = remote.RemoteModel("http://127.0.0.1", "url:elsewhere", card, {})
    hashes = model.seen_hashes()
    assert hashes is not None
    assert hashes.tolist() == store.find(tag).seen_hashes().tolist()


def test_without_model_and_data_nothing_is_assumed(tag: str) -> None:
    card = store.find(tag).card
    gone = card.model_copy(update={"settings": {**card.settings, "data": "gone.csv"}})
    model = remote.RemoteModel("http://127.0.0.1", "url:elsewhere", gone, {})
    with pytest.raises(DataError, match=r"cannot be told.*--allow-seen"):
        report.refuse_seen(model, ["a film"], allow=False)
    assert report.refuse_seen(model, ["a film"], allow=True) is None


def test_a_server_that_is_full_is_asked_again_when_it_says(tokenizer_folder: Path) -> None:
    """Room for one list; four are sent at once, and none is computed until one was refused."""
    texts = ["good film " * 10] * 64 * 6
    free = threading.Event()
    engine = FakeEngine()
    with (
        contract_server(tokenizer_folder, engine, max_queue_tokens=1500) as (url, _),
        ThreadPoolExecutor(1) as pool,
    ):
        engine.before = lambda _: free.wait(30)
        call = pool.submit(remote.ask, remote.connect(url), texts, int)
        wait_until(lambda: 'reason="queue_full"' in httpx.get(f"{url}/metrics").text, 20)
        free.set()
        assert call.result().logits.shape == (len(texts), 2)


def test_a_text_that_the_server_refuses_is_named(tokenizer_folder: Path) -> None:
    with (
        contract_server(tokenizer_folder, max_characters=20) as (url, _),
        pytest.raises(DataError, match=r"Text 2 was refused: .*20"),
    ):
        remote.ask(remote.connect(url), ["good film", "dull " * 20], int)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://127.0.0.1:9/model"])
def test_where_no_server_answers_the_remedy_is_told(url: str) -> None:
    with pytest.raises(UsageError, match=r"no model to evaluate.*bentoml serve"):
        remote.connect(url)


def test_the_engine_is_the_servers_own_choice(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.run(lambda: evaluate.main(["--url", "http://127.0.0.1:9", "--backend", "torch"]))
    assert code == 2
    assert "--backend: not with --url" in capsys.readouterr().err
