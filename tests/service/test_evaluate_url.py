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
from tests.support.keys import Keys
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


PROXIES = ("ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://127.0.0.1:9", "odd://x"])
def test_a_server_on_this_machine_is_asked_without_a_proxy(
    tokenizer_folder: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    with contract_server(tokenizer_folder) as (url, _):
        wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200, 20)
        for name in PROXIES:
            monkeypatch.setenv(name, proxy)
        for address in (url, url.replace("127.0.0.1", "localhost")):
            model = remote.connect(address)
            assert len(remote.ask(model, ["good film", "bad"], int).logits) == 2


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "odd://x"])
def test_a_proxy_that_cannot_be_used_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], proxy: str
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, proxy)
    url = "http://sentiment.example:3000"
    assert cli.run(lambda: evaluate.main(["--url", url])) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize(
    "url", ["", "http://", "http://::1:3000", "http://[::1", "nothing", "a\x00"]
)
def test_what_is_no_address_is_told_in_a_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(lambda: evaluate.main([f"--url={url}", "nosuch:model"])) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_locked_server_is_asked_by_the_key_of_the_environment(
    tokenizer_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys(tmp_path)
    key = keys.add("me")
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        with pytest.raises(UsageError, match="An API key is needed"):
            remote.connect(url)
        monkeypatch.setenv("SENTIMENT_KEY", key)
        assert len(remote.ask(remote.connect(url), ["good film"], int).logits) == 1
