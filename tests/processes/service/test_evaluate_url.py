"""`evaluate.py --url` against a real `bentoml serve`: the same report as offline."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evaluate
from sentiment import cli
from sentiment.errors import UsageError
from sentiment.evaluation import remote
from tests.support.models import store_trained_on
from tests.support.processes import ROOT
from tests.support.reviews import write_reviews
from tests.support.servers import Server, serving


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the model was trained on."""
    return write_reviews(tmp_path_factory.mktemp("own") / "mine.csv", 180, ("negative", "positive"))


@pytest.fixture(scope="module")
def tag(own: Path) -> str:
    """A small random classifier whose card and seen texts are those of `own`."""
    return store_trained_on(own, "url")


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
    bins, served_bins = offline.pop("reliability"), served.pop("reliability")
    assert len(served_bins) == len(bins)
    for mine, theirs in zip(bins, served_bins, strict=True):
        assert theirs == pytest.approx(mine, abs=1e-3)
    for name, value in offline.items():
        close = name.startswith(("log_loss", "expected_calibration"))
        assert served[name] == (pytest.approx(value, abs=1e-3) if close else value), name


def test_texts_that_the_served_model_has_seen_are_left_out(
    server: Server, own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of its own file that leaves the rows that were drawn for the test."""
    code, found = evaluated(tmp_path, "--url", server.url, "--data", str(own))
    assert (code, found["texts"], found["left_out_as_seen"]) == (0, 18, 162)
    assert "left out: 162 texts that the model was trained" in capsys.readouterr().out


def test_another_tag_than_the_one_served_is_refused(server: Server) -> None:
    with pytest.raises(UsageError, match=r"serves url:.*, not url:other"):
        remote.connect(server.url, "url:other")
