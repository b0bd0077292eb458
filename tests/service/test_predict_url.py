"""`predict.py --url`: texts, streams and corpora that a running server scores."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

import predict
from sentiment import cli
from sentiment.client import Client
from sentiment.errors import DataError, NoAnswer
from sentiment.scoring.job import Job, score_corpus
from sentiment.scoring.served import Served
from sentiment.settings import EngineSettings
from tests.support.keys import Keys
from tests.support.servers import contract_server, free_port

FILES = {
    "a.csv": "id,text\n1,a good film\n2,\n3,a bad film\n",
    "b.jsonl": '{"text": "dull"}\n{"text": 7}\n',
    "sub/c.txt": "good\n" * 300,
}


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, max_characters=100) as (address, _):
        yield address


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "in"


def run(*arguments: object) -> int:
    try:
        return cli.run(lambda: predict.main([*map(str, arguments)]))
    except SystemExit as ended:
        return int(str(ended.code))


def plain(url: str, text: str) -> Any:
    return httpx.post(f"{url}/predict", json={"text": text}).json()


def test_one_text_is_printed_as_a_model_here_prints_it(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--url", url, "--text", "good " * 80) == 2
    assert "100 are taken" in capsys.readouterr().err  # a limit of the server's
    assert run("--url", url, "--text", "good film") == 0
    answer = plain(url, "good film")
    printed = capsys.readouterr().out
    assert printed.startswith(f"{answer['label']} (confidence {answer['confidence']:.4f})\n")


def test_a_file_has_each_line_in_its_place_on_standard_output(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = ["a good film", "", "dull", "x" * 101]
    (tmp_path / "texts.txt").write_text("\n".join(lines))
    assert run(tmp_path / "texts.txt", "--url", url) == 1
    captured = capsys.readouterr()
    first, second, third, fourth = map(json.loads, captured.out.splitlines())
    assert first == {"row": 1, "line": 1, **plain(url, "a good film")}
    assert second["error"]["code"] == "invalid_value"
    assert third["label"]
    assert fourth["error"]["code"] == "text_too_long"
    assert "line 4: The text has 101 characters" in captured.err


def test_a_corpus_becomes_a_folder_of_the_same_shape(
    url: str, corpus: Path, tmp_path: Path
) -> None:
    assert run(corpus, "--output", tmp_path / "out", "--url", url) == 1  # two rows are bad
    scores = pd.read_csv(tmp_path / "out" / "a.csv")
    good = plain(url, "a good film")
    assert scores["label"].iloc[0] == good["label"]
    assert scores["confidence"].iloc[0] == pytest.approx(good["confidence"])
    assert list(scores["error_code"].isna()) == [True, False, True]
    many = (tmp_path / "out" / "sub" / "c.txt.jsonl").read_text().splitlines()
    assert [json.loads(line)["line"] for line in many] == list(range(1, 301))
    made_by = json.loads((tmp_path / "out.run.json").read_text())
    assert "sentiment:fake" in str(made_by)


def test_a_server_that_goes_away_is_told_and_another_goes_on(
    tokenizer_folder: Path, corpus: Path, tmp_path: Path
) -> None:
    job = Job(corpus, tmp_path / "out", "sentiment", EngineSettings.parse({}))
    with contract_server(tokenizer_folder) as (url, _):
        gone = Served.at(url)
    with pytest.raises(NoAnswer, match=r"no answer.*0 texts are scored.*--resume"):
        score_corpus(replace(job, served=gone))
    assert not (tmp_path / "out").exists()
    with contract_server(tokenizer_folder) as (url, _):
        assert score_corpus(replace(job, served=Served.at(url), resume=True)) == 2
    assert len(pd.read_csv(tmp_path / "out" / "a.csv")) == 3


def test_another_model_in_the_midst_is_refused(url: str) -> None:
    with Client(url) as client:
        older = client.model().model_copy(update={"tag": "sentiment:older"})
        with pytest.raises(DataError, match=r"sentiment:fake answered in the place of"):
            list(Served(client, older).results(["good"]))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--backend", "torch"], "--backend: not with --url"),
        (["--ray", "local", "--output", "x.jsonl"], "--ray: not with --url"),
        (["--model", "sentiment:1"], "serves sentiment:fake, not sentiment:1"),
    ],
)
def test_what_does_not_go_with_a_server_is_refused(
    url: str, corpus: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(corpus / "a.csv", "--url", url, *arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("address", ["http://127.0.0.1:{free}", "nothing", "http://[::1"])
def test_where_no_server_is_it_is_told_in_a_line(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    address = address.replace("{free}", str(free_port()))
    assert run("--url", address, "--text", "good") == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_locked_server_is_asked_by_the_key_of_the_environment(
    tokenizer_folder: Path,
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = Keys(tmp_path)
    key = keys.add("me")
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        assert run("--url", url, "--text", "good") == 2
        assert "An API key is needed" in capsys.readouterr().err
        monkeypatch.setenv("SENTIMENT_KEY", key)
        assert run("--url", url, "--text", "good") == 0
        assert run(corpus, "--output", tmp_path / "out", "--url", url) == 1  # two rows are bad
        made_by = (tmp_path / "out.run.json").read_text()
    captured = capsys.readouterr()
    assert key not in captured.out + captured.err + made_by
