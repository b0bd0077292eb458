"""Bento and model leave as files, arrive in an empty store, and give the same answers there."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sentiment import store
from sentiment.inference.golden import GoldenSet
from sentiment.inference.predictor import Predictor
from tests.support.models import classifier_card, make_classifier
from tests.support.processes import ROOT, environment, python
from tests.support.servers import serving

TEXTS = ["good film", "dull and awful plot", "the film was great and the end was bad " * 9]
CHECK = """
import numpy as np
from sentiment import store
from sentiment.inference.golden import GoldenSet
from sentiment.inference.predictor import Predictor

model = store.find()
golden = GoldenSet.read(model.folder)
answers = Predictor.load(model).predict(golden.texts)
print(golden.check(np.array([list(each.probabilities.values()) for each in answers]), "fp32"))
"""


@pytest.fixture
def tag(tmp_path: Path) -> str:
    """A small random model with a golden set of its own answers."""
    folder = make_classifier(tmp_path / "model", "bert")
    card = classifier_card()
    seen = np.empty(0, dtype=np.uint64)
    first = store.find(store.save("draft", folder, card, seen))
    answers = [list(each.probabilities.values()) for each in Predictor.load(first).predict(TEXTS)]
    GoldenSet(TEXTS, np.asarray(answers)).write(folder)
    return store.save("sentiment", folder, card, seen)


def run(*arguments: str, **variables: str) -> str:
    ended = python(*arguments, timeout=120, **variables)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def bentoml(*arguments: str, **variables: str) -> str:
    return run("-m", "bentoml", *arguments, **variables)


def test_a_model_gives_its_golden_answers_in_another_store(tag: str, tmp_path: Path) -> None:
    file, elsewhere = str(tmp_path / "model.tar"), str(tmp_path / "elsewhere")
    bentoml("models", "export", tag, file)
    bentoml("models", "import", file, BENTOML_HOME=elsewhere)
    checked = run("-c", CHECK, BENTOML_HOME=elsewhere)
    assert checked.startswith("golden set: 3 texts, mean difference 0.00000")


def test_a_bento_is_served_from_its_file_with_its_model(
    tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = bentoml("build", "--output", "tag", SENTIMENT_MODEL=tag)
    bento, file = built.removeprefix("__tag__:"), str(tmp_path / "sentiment.tar")
    bentoml("export", bento, file)
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "elsewhere"))
    bentoml("import", file)
    with serving(tmp_path, bento) as running, running.client() as client:
        assert "golden set: 3 texts" in running.log.read_text()
        served = client.post("/predict", json={"text": TEXTS[0]}).json()
    assert served["model"] == tag


def test_the_commands_that_the_page_shows_work_from_any_folder(tag: str, tmp_path: Path) -> None:
    """BentoML (1.4.40) resolves a relative name against `/`, so the page shows absolute ones."""
    page = (ROOT / "docs" / "serving.md").read_text()
    shown = re.findall(r"^bentoml (?:models )?(?:export|import) .*?(?=\s+#|$)", page, re.MULTILINE)
    assert len(shown) == 4
    bentoml("build", SENTIMENT_MODEL=tag)
    folder = tmp_path / "any folder"
    folder.mkdir()
    for place, command in enumerate(shown):
        elsewhere = str(tmp_path / f"store-{place}")  # each file goes to a machine of its own
        home = {"BENTOML_HOME": elsewhere} if "import" in command else {}
        spelled = command.replace("bentoml", f"{sys.executable} -m bentoml", 1)
        ended = subprocess.run(
            ["bash", "-c", spelled],
            cwd=folder,
            env=environment() | home,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["model.tar", "sentiment.tar"]
    assert "sentiment:" in bentoml("list", BENTOML_HOME=str(tmp_path / "store-1"))
    assert tag in bentoml("models", "list", BENTOML_HOME=str(tmp_path / "store-3"))
