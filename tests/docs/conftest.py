"""A copy of the project for each page, one model for all of them, and a server."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentiment.feedback import FeedbackFile
from sentiment.schema import FeedbackRecord
from tests.docs.page import Page
from tests.docs.shell import cut, shell
from tests.support.models import make_encoder
from tests.support.processes import ROOT
from tests.support.reviews import write_reviews
from tests.support.servers import Server, serving

TEAMS = ("web", "shop", "desk")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, a tiny encoder, the files that the examples name, and a model in the store."""
    folder = copy_project(tmp_path_factory.mktemp("docs") / "sentiment")
    make_encoder(folder / "tiny", "bert")
    _write_examples(folder)
    with own_store(folder):
        trained = shell(cut("python train.py", folder, "openvino-fp32"), folder)
    assert trained.returncode == 0, trained.stderr
    return folder


@pytest.fixture(scope="module")
def copy(
    request: pytest.FixtureRequest, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The project for one page: nothing is there of what another page's commands have made."""
    page: Page = request.param
    folder = tmp_path_factory.mktemp(page.path.stem) / "sentiment"
    shutil.copytree(project, folder)
    with own_store(folder):
        yield folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    told = str(project / "told.jsonl")
    with own_store(project), serving(project, feedback_file=told) as running:
        yield running


def copy_project(folder: Path) -> Path:
    """Copy what commands need of the project into a new folder; return it."""
    folder.mkdir()
    files = (path.name for path in ROOT.glob("*.*") if path.is_file())
    for name in ("sentiment", "requirements", *files):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


@contextlib.contextmanager
def own_store(folder: Path) -> Iterator[None]:
    """Keep the models and Bentos of the commands that are started meanwhile in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(folder / "bentoml"))
        yield


def _write_examples(folder: Path) -> None:
    write_reviews(folder / "small.csv", 400, ("negative", "positive"))
    texts = [f"{word} film number {n}" for n in range(30) for word in ("good", "bad", "dull")]
    (folder / "reviews.txt").write_text("\n".join(texts))
    (folder / "reviews.csv").write_text("\n".join(["review", *texts]))
    (folder / "reviews").mkdir()
    shutil.copy(folder / "reviews.txt", folder / "reviews")
    teams = [f"{text},{TEAMS[n % 3]}" for n, text in enumerate(texts)]
    (folder / "tickets.csv").write_text("\n".join(["body,team", *teams]))
    stars = [f'{{"text": "{text}", "label": {1 + 4 * (n % 2)}}}' for n, text in enumerate(texts)]
    (folder / "stars.jsonl").write_text("\n".join(stars))
    feedback = FeedbackFile(folder / "feedback.jsonl", 1_000_000)
    for n, text in enumerate(texts):
        label = ("negative", "positive")[n % 2]
        feedback.append(FeedbackRecord(time=f"{n}", model="sentiment:1", text=text, label=label))
