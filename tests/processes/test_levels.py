"""What a process that imports the server has loaded."""

import json

import pytest

from tests.support.processes import python


@pytest.mark.parametrize("name", ["sentiment.serving.http", "sentiment.settings"])
def test_the_servers_modules_load_no_training_library(name: str) -> None:
    script = f"import {name}, json, sys; print(json.dumps(sorted(sys.modules)))"
    ended = python("-c", script)
    assert ended.returncode == 0, ended.stderr
    loaded = set(json.loads(ended.stdout))
    assert name in loaded
    assert loaded & {"torch", "transformers", "datasets", "accelerate"} == set()


@pytest.mark.parametrize("name", ["train", "evaluate", "predict", "sentiment.export.__main__"])
def test_a_command_line_imports_libraries_inside_its_border(name: str) -> None:
    """Whose Ctrl-C and whose errors are told in a line: what is imported before is not."""
    ended = python("-c", f"import {name}, json, sys; print(json.dumps(sorted(sys.modules)))")
    assert ended.returncode == 0, ended.stderr
    assert set(json.loads(ended.stdout)) & {"numpy", "pydantic", "bentoml", "tokenizers"} == set()
