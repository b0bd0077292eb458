"""`evaluate.py --url`: what is known of a served model, and how its server is asked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import evaluate
from sentiment import cli, store
from sentiment.errors import DataError, UsageError
from sentiment.evaluation import remote, report
from sentiment.inference.fake import FakeEngine
from tests.support.models import store_trained_on
from tests.support.reviews import write_reviews
from tests.support.servers import contract_server, wait_until


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the model was trained on."""
    return write_reviews(tmp_path_factory.mktemp("own") / "mine.csv", 180, ("negative", "positive"))


@pytest.fixture(scope="module")
def tag(own: Path) -> str:
    """A small random classifier whose card and seen texts are those of `own`."""
    return store_trained_on(own, "url")


def test_without_the_model_here_its_data_tell_what_it_has_seen(tag: str, own: Path) -> None:
    card = store.find(tag).card
    model = remote.RemoteModel("http://127.0.0.1", "url:elsewhere", card, {})
    hashes = model.seen_hashes()
    assert hashes is not None
    assert hashes.tolist() == store.find(tag).seen_hashes().tolist()


def test_without_model_and_data_nothing_is_assumed(tag: str, own: Path) -> None:
    card = store.find(tag).card
    gone = card.model_copy(update={"settings": {**card.settings, "data": "gone.csv"}})
    model = remote.RemoteModel("http://127.0.0.1", "url:elsewhere", gone, {})
    corpus = report.test_split(model, {"data": str(own)})
    with pytest.raises(DataError, match=r"cannot be told.*--allow-seen"):
        report.leave_out_seen(model, corpus, allow=False)
    assert report.leave_out_seen(model, corpus, allow=True) == (corpus, None, 0)


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
