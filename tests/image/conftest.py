"""One image for all tests here, built as `make image` does, of a model in a store of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment import store
from sentiment.inference.predictor import Predictor
from sentiment.settings import MODEL_NAME
from sentiment.store import StoredModel
from tests.image.podman import BASE, Container, Podman, program
from tests.support.processes import ROOT, environment
from tools import image_table

TRAIN = (
    *("train.py", "--recipe", "quick", "--train-size", "400", "--validation-size", "200"),
    *("--epochs", "1", "--batch-size", "32", "--patience", "1", "--combine", "off"),
    *(
        "--method",
        "fine-tuning",
        "--max-length",
        "64",
        "--export",
        "openvino-fp32",
        "openvino-int8",
    ),
)
FIND = "from sentiment.store import find; print(find().tag)"


def python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the repository with a few environment variables changed."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment() | variables,
        stdout=subprocess.PIPE,
        text=True,
        timeout=900,
    )


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("image")


@pytest.fixture(scope="session")
def model(scratch: Path) -> StoredModel:
    """The newest model of the store that IMAGE_STORE names, else a small one, trained now."""
    home = os.environ.get("IMAGE_STORE", str(scratch / "empty"))
    found = python("-c", FIND, BENTOML_HOME=home).stdout.strip()
    if found:
        file = str(scratch / "moved.tar")
        for command in (("export", found, file), ("import", file)):
            where = {"BENTOML_HOME": home} if command[0] == "export" else {}
            assert python("-m", "bentoml", "models", *command, **where).returncode == 0
    else:
        assert python(*TRAIN, "--checkpoint-dir", str(scratch)).returncode == 0
    return store.find()


@pytest.fixture(scope="session")
def predictor(model: StoredModel) -> Predictor:
    """The same model, not in a container."""
    return Predictor.load(model)


@pytest.fixture(scope="session")
def podman(scratch: Path) -> Iterator[Podman]:
    folder = scratch / "podman"
    folder.mkdir()
    podman = Podman(folder)
    podman.make_base()
    yield podman
    podman.remove()


def build(podman: Podman, *flags: str) -> str:
    """Build an image as `make image` does, on our base; return its name."""
    command = [sys.executable, "-m", "deploy.image.build", "--base", BASE, *flags]
    path = f"{Path(program('uv')).parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=podman.environment("build") | {"PATH": path},
        stdout=subprocess.PIPE,
        text=True,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout.splitlines()[-1]


@pytest.fixture(scope="session")
def image(podman: Podman, model: StoredModel) -> str:
    return build(podman)


@pytest.fixture(scope="session")
def second(podman: Podman, image: str, model: StoredModel) -> str:
    """A later image, built anew from its first layer on, of a later version of the model."""
    store.save(MODEL_NAME, model.folder, model.card, model.seen_hashes())
    return build(podman, "--no-cache")


@pytest.fixture(scope="session")
def container(podman: Podman, image: str) -> Iterator[Container]:
    with podman.container(image) as running:
        yield running


MEASURED = pytest.StashKey[dict[str, Any]]()


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> dict[str, Any]:
    """What tests measure: printed as a table at the end and, if asked for, kept in the docs."""
    return pytestconfig.stash.setdefault(MEASURED, {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    values = config.stash.get(MEASURED, {})
    if not values:
        return
    if os.environ.get("IMAGE_RECORD") and set(values) == image_table.NAMES:
        image_table.FILE.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    terminalreporter.write_line(f"\n{image_table.table(values)}\n\n{json.dumps(values)}")
