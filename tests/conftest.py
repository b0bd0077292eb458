"""Shared by all tests: an environment apart from the user's, a tiny tokenizer, a model card.

The environment is set here, on import, because BentoML and the Hugging Face
libraries read it once, when they are imported.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from sentiment.schema import ModelCard
from sentiment.settings import ENVIRONMENT_PREFIX
from tests.support.cards import make_card
from tests.support.tokenizers import write_tokenizer

_HOME = tempfile.mkdtemp(prefix="sentiment-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)

for name in [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]:
    del os.environ[name]
os.environ |= {
    "BENTOML_HOME": f"{_HOME}/bentoml",
    "BENTOML_DO_NOT_TRACK": "True",
    "HF_HOME": f"{_HOME}/huggingface",
    "XDG_CACHE_HOME": f"{_HOME}/cache",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the `tokenizer.json` of a small vocabulary: [CLS] text [SEP]."""
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return folder


@pytest.fixture
def card() -> ModelCard:
    """The card of a model with the labels negative and positive."""
    return make_card()
