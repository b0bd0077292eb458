"""A real server of a model whose files have been damaged: never ready, and it says why."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sentiment import store
from tests.support.models import store_classifier
from tests.support.processes import ROOT, python
from tests.support.servers import serving, wait_until


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def zero(path: Path) -> None:
    """Overwrite some bytes with zeros after 30 % of a file."""
    content = bytearray(path.read_bytes())
    start = len(content) * 3 // 10
    content[start : start + 512] = bytes(512)
    path.write_bytes(content)


DAMAGES = [
    pytest.param("openvino-fp32/model.bin", flip, "is damaged", id="a bit of the weights"),
    pytest.param("openvino-fp32/model.bin", zero, "is damaged", id="zeros in the weights"),
    pytest.param("openvino-fp32/model.xml", Path.unlink, "is missing", id="the format"),
    pytest.param("tokenizer.json", flip, "is damaged", id="the tokenizer"),
]


@pytest.mark.parametrize(("name", "damage", "words"), DAMAGES)
def test_a_damaged_model_is_never_ready(
    tmp_path: Path, name: str, damage: Callable[[Path], object], words: str
) -> None:
    tag = store_classifier(name="damaged", openvino=True)
    damage(store.find(tag).folder / name)
    with serving(ROOT, log_folder=tmp_path, model=tag, probe="/livez") as running:
        wait_until(lambda: "could not be loaded" in running.log.read_text(), 60)
        response = httpx.get(f"{running.url}/readyz")
        log = running.log.read_text()
    assert response.status_code == 503
    for said in (response.json()["error"]["message"], log):
        assert f"{tag} is damaged: {name} {words}" in said
        assert "bentoml models import" in said
    assert "Traceback" not in log


def test_what_does_not_compute_is_not_looked_at(tmp_path: Path) -> None:
    tag = store_classifier(name="damaged", openvino=True)
    flip(store.find(tag).folder / "model.safetensors")
    with serving(ROOT, log_folder=tmp_path, model=tag) as running:
        assert httpx.get(f"{running.url}/readyz").status_code == 200


def test_a_command_line_says_it_in_a_line() -> None:
    tag = store_classifier(name="damaged")
    flip(store.find(tag).folder / "model.safetensors")
    ended = python("predict.py", "--model", tag, "--text", "a good film")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert f"error: {tag} is damaged: model.safetensors is damaged" in ended.stderr
    assert "Traceback" not in ended.stderr
