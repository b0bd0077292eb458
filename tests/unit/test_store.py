import hashlib
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import bentoml
import numpy as np
import pytest

from sentiment import store
from sentiment.errors import ModelDamaged, ModelNotFound, TrainingError
from sentiment.schema import ModelCard
from tests.support.cards import make_card

SEEN = np.array([3, 5, 2**64 - 1], dtype=np.uint64)
HOME = Path(os.environ["BENTOML_HOME"])


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    _delete_all()
    yield
    _delete_all()


def _delete_all() -> None:
    for folder in (*HOME.glob("models/*"), *HOME.glob(".saving-*")):
        shutil.rmtree(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that stands for what `save_pretrained` leaves."""
    folder = tmp_path / "encoder"
    (folder / "deeper").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "deeper" / "weights.bin").write_bytes(b"\x00\x01")
    return folder


def test_what_was_saved_is_found_again(folder: Path, card: ModelCard) -> None:
    model = store.find(store.save("sentiment", folder, card, SEEN))
    assert model.card == card
    assert (model.folder / "config.json").read_text() == "{}"
    assert (model.folder / "deeper" / "weights.bin").read_bytes() == b"\x00\x01"


def test_the_hashes_of_seen_texts_travel_with_the_model(folder: Path, card: ModelCard) -> None:
    model = store.find(store.save("sentiment", folder, card, SEEN))
    np.testing.assert_array_equal(model.seen_hashes(), SEEN)
    assert model.seen_hashes().dtype == np.uint64


def test_saving_leaves_the_source_folder_alone(folder: Path, card: ModelCard) -> None:
    store.save("sentiment", folder, card, SEEN)
    assert {each.name for each in folder.iterdir()} == {"config.json", "deeper"}


def test_a_name_means_its_newest_version(folder: Path) -> None:
    store.save("sentiment", folder, make_card(recipe="quick"), SEEN)
    newest = store.save("sentiment", folder, make_card(recipe="full"), SEEN)
    found = store.find("sentiment")
    assert (found.tag, found.card.recipe) == (newest, "full")


def test_a_tag_means_its_own_version(folder: Path) -> None:
    first = store.save("sentiment", folder, make_card(recipe="quick"), SEEN)
    store.save("sentiment", folder, make_card(recipe="full"), SEEN)
    assert store.find(first).card.recipe == "quick"


def test_tags_are_listed_newest_first(folder: Path, card: ModelCard) -> None:
    saved = [store.save(name, folder, card, SEEN) for name in ("one", "two", "one")]
    assert store.tags() == saved[::-1]


def test_the_stores_own_listing_shows_what_the_model_is(folder: Path, card: ModelCard) -> None:
    info = bentoml.models.get(store.save("sentiment", folder, card, SEEN)).info
    assert info.labels["recipe"] == "quick"
    assert info.metadata["labels"] == ["negative", "positive"]
    assert info.metadata["validation_accuracy"] == 0.875
    assert info.metadata["train_size"] == 4


def test_the_accuracy_shown_is_that_of_the_best_epoch(folder: Path, card: ModelCard) -> None:
    epochs = [
        card.epochs[0].model_copy(update={"epoch": n, "validation_accuracy": accuracy})
        for n, accuracy in ((1, 0.7), (2, 0.9), (3, 0.8))
    ]
    best = make_card(epochs=[each.model_dump() for each in epochs], best_epoch=2)
    info = bentoml.models.get(store.save("sentiment", folder, best, SEEN)).info
    assert info.metadata["validation_accuracy"] == 0.9


def test_a_model_that_cannot_be_copied_does_not_appear(tmp_path: Path, card: ModelCard) -> None:
    with pytest.raises(TrainingError, match="missing"):
        store.save("sentiment", tmp_path / "missing", card, SEEN)
    assert bentoml.models.list() == []


@pytest.mark.parametrize("file", [1, 4, 7])
def test_ctrl_c_while_saving_leaves_nothing_behind(
    file: int, folder: Path, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes at each stage: while files are gathered, and while BentoML copies them."""
    before, copied, copyfile = sorted(HOME.iterdir()), [], shutil.copyfile

    def interrupted(*arguments: Path, **options: bool) -> Path:
        copied.append(arguments)
        if len(copied) == file:
            raise KeyboardInterrupt
        return copyfile(*arguments, **options)

    monkeypatch.setattr(shutil, "copyfile", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save("sentiment", folder, card, SEEN)
    assert bentoml.models.list() == []
    assert sorted(HOME.iterdir()) == before


def test_ctrl_c_just_after_a_model_appeared_takes_it_back(
    folder: Path, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = store.save("sentiment", folder, card, SEEN)
    move = shutil.move

    def interrupted(*arguments: Path) -> None:
        move(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "move", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save("sentiment", folder, card, SEEN)
    assert [str(entry.tag) for entry in bentoml.models.list()] == [older]


def test_a_store_that_is_full_is_an_error_with_a_remedy(folder: Path, card: ModelCard) -> None:
    """The system itself refuses: no file may be longer than a byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(TrainingError) as caught:
            store.save("sentiment", folder, card, SEEN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(caught.value).startswith("The model cannot be stored: [Errno 27] File too large: ")
    assert "BENTOML_HOME" in str(caught.value)
    assert bentoml.models.list() == []


def test_a_store_that_cannot_be_written_is_an_error_with_a_remedy(
    folder: Path, card: ModelCard
) -> None:
    (HOME / "models" / "blocked").write_text("a file where a folder has to be")
    try:
        with pytest.raises(TrainingError, match="the checkpoint is kept: --resume stores it"):
            store.save("blocked", folder, card, SEEN)
    finally:
        (HOME / "models" / "blocked").unlink()


def test_that_no_model_could_be_stored_is_told_before_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.require_writable()
    assert list(HOME.glob(".saving-*")) == []
    (tmp_path / "file").touch()
    monkeypatch.setattr(
        store.bentoml_adapter, "models_folder", lambda: tmp_path / "file" / "home" / "models"
    )
    with pytest.raises(TrainingError, match=r"cannot be stored: .* set BENTOML_HOME to a folder"):
        store.require_writable()


def test_bentoml_itself_finds_the_newest_version(folder: Path, card: ModelCard) -> None:
    for _ in range(2):
        saved = store.save("sentiment", folder, card, SEEN)
    assert str(bentoml.models.get("sentiment:latest").tag) == saved


# What an entry may be missing that another program began to write.
half_written = pytest.mark.parametrize(
    "files",
    [
        {},
        {store.CARD_FILE: "{}"},
        {store.CARD_FILE: "{}", "model.yaml": ""},
        {"model.yaml": None},
    ],
    ids=["all", "model.yaml", "what is in it", "card.json"],
)


def write_half(files: dict[str, str | None]) -> None:
    """Begin a version and call it the latest; None stands for what a whole entry has."""
    with bentoml.models.create("sentiment:half"):
        pass
    half = HOME / "models" / "sentiment" / "half"
    for name in {"model.yaml", *files}:
        if name not in files:
            (half / name).unlink()
        elif (content := files[name]) is not None:
            (half / name).write_text(content)
    (half.parent / "latest").write_text("half")


@half_written
def test_an_entry_that_is_half_written_is_passed_over(
    files: dict[str, str | None], folder: Path, card: ModelCard
) -> None:
    whole = store.save("sentiment", folder, card, SEEN)
    write_half(files)
    assert store.tags() == [whole]
    assert store.find("sentiment").tag == store.find("sentiment:latest").tag == whole
    assert str(store.ModelReference("sentiment").to_info().tag) == whole
    with pytest.raises(ModelNotFound, match=whole):
        store.find("other")


@half_written
@pytest.mark.parametrize("tag", ["sentiment", "sentiment:latest", "sentiment:half"])
def test_an_entry_that_is_half_written_is_no_model(tag: str, files: dict[str, str | None]) -> None:
    write_half(files)
    with pytest.raises(ModelNotFound, match=r"Run: python train\.py"):
        store.find(tag)


@pytest.mark.parametrize("tag", ["sentiment", "sentiment:abc", "", "no/name", "a:b:c"])
def test_an_empty_store_says_to_train(tag: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        store.find(tag)
    assert str(caught.value) == (
        f"No model {tag!r}: the model store is empty. Run: python train.py"
    )


def test_an_unknown_model_is_answered_with_those_there_are(folder: Path, card: ModelCard) -> None:
    known = store.save("sentiment", folder, card, SEEN)
    with pytest.raises(ModelNotFound, match=f"No model 'other' in the store. There are: {known}"):
        store.find("other")


def test_models_of_others_are_not_listed(folder: Path, card: ModelCard) -> None:
    with bentoml.models.create("stranger"):
        pass
    ours = store.save("sentiment", folder, card, SEEN)
    assert store.tags() == [ours]


def test_a_model_of_others_is_refused_with_a_remedy() -> None:
    with bentoml.models.create("stranger") as entry:
        pass
    with pytest.raises(ModelNotFound, match=rf"{entry.tag} was not made.*card\.json.*train\.py"):
        store.find("stranger")


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"recipe": "quick"}'])
def test_a_card_of_another_format_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / store.CARD_FILE).write_text(content)
    with pytest.raises(ModelNotFound, match="of another format"):
        store.read("sentiment:old", tmp_path)


def test_a_reference_resolves_to_the_stored_folder(folder: Path, card: ModelCard) -> None:
    tag = store.save("sentiment", folder, card, SEEN)
    assert Path(store.ModelReference(tag).resolve().path).samefile(store.find(tag).folder)


def test_a_reference_pins_the_newest_version_for_a_bento(folder: Path, card: ModelCard) -> None:
    tag = store.save("sentiment", folder, card, SEEN)
    assert str(store.ModelReference("sentiment").to_info().tag) == tag


def test_a_reference_may_be_made_before_there_is_a_model() -> None:
    assert str(store.ModelReference("sentiment").tag.name) == "sentiment"


@pytest.mark.parametrize("use", [store.ModelReference.resolve, store.ModelReference.to_info])
def test_a_reference_without_its_model_fails_in_bentomls_own_way(
    use: Callable[[store.ModelReference], object],
) -> None:
    with pytest.raises(bentoml.exceptions.NotFound, match=r"Run: python train\.py"):
        use(store.ModelReference("sentiment"))


def test_an_image_gets_a_model_under_its_own_tag_without_what_it_has_no_use_for(
    folder: Path, card: ModelCard
) -> None:
    (folder / "onnx-int8").mkdir()
    (folder / "onnx-int8" / "model.onnx").touch()
    model = store.find(store.save("sentiment", folder, card, SEEN))
    with store.without(model, ("onnx-*", store.SEEN_FILE)):
        slim = Path(bentoml.models.get(model.tag).path)
        left_out = {path.name for path in model.folder.iterdir()} - {
            path.name for path in slim.iterdir()
        }
        assert store.read(model.tag, slim).card == card
    assert left_out == {"onnx-int8", store.SEEN_FILE}
    assert store.find(model.tag).folder == model.folder


# --- damage -----------------------------------------------------------------------


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


@pytest.fixture
def stored(folder: Path, card: ModelCard) -> store.StoredModel:
    return store.find(store.save("sentiment", folder, card, SEEN))


def test_a_stored_model_has_the_hash_of_each_of_its_files(stored: store.StoredModel) -> None:
    assert stored.hashes is not None
    names = {store.CARD_FILE, store.SEEN_FILE, "config.json", "deeper/weights.bin"}
    assert stored.hashes.keys() == names
    weights = (stored.folder / "deeper" / "weights.bin").read_bytes()
    assert stored.hashes["deeper/weights.bin"] == hashlib.sha256(weights).hexdigest()
    stored.require_files()
    stored.check_files()


@pytest.mark.parametrize("damage", [flip, Path.unlink])
@pytest.mark.parametrize("name", ["deeper/weights.bin", "config.json", store.SEEN_FILE])
def test_a_damaged_or_missing_file_is_named_with_what_to_do(
    stored: store.StoredModel, name: str, damage: Callable[[Path], object]
) -> None:
    damage(stored.folder / name)
    word = "damaged" if damage is flip else "missing"
    with pytest.raises(ModelDamaged) as caught:
        stored.check_files()
    assert f"{stored.tag} is damaged: {name} is {word}." in str(caught.value)
    assert "bentoml models import" in str(caught.value)
    stored.check_files([name])


def test_a_missing_file_is_found_without_reading_any(stored: store.StoredModel) -> None:
    flip(stored.folder / "deeper" / "weights.bin")
    stored.require_files()
    (stored.folder / "deeper" / "weights.bin").unlink()
    with pytest.raises(ModelDamaged, match=r"deeper/weights\.bin is missing"):
        stored.require_files()
    stored.require_files(["deeper/*"])


def test_all_that_is_wrong_is_told_at_once(stored: store.StoredModel) -> None:
    flip(stored.folder / "config.json")
    (stored.folder / store.SEEN_FILE).unlink()
    with pytest.raises(ModelDamaged, match=r"config\.json is damaged, seen_texts\.npy is missing"):
        stored.check_files()


def forget_hashes(folder: Path) -> None:
    """Make of a stored model one of the time when there were no hashes."""
    (folder / "sha256.json").unlink()
    entry = folder / "model.yaml"
    entry.write_text(entry.read_text().replace("  hashes: sha256\n", ""))


def test_a_model_without_hashes_is_found_and_said_to_be_unchecked(
    stored: store.StoredModel, caplog: pytest.LogCaptureFixture
) -> None:
    forget_hashes(stored.folder)
    flip(stored.folder / "config.json")
    old = store.find(stored.tag)
    old.require_files()
    old.check_files()
    assert f"{stored.tag} was stored without hashes: its files are not checked" in caplog.messages


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"a": ', "\ud800", "\0" * 80])
def test_hashes_that_cannot_be_read_are_damage_too(stored: store.StoredModel, content: str) -> None:
    (stored.folder / "sha256.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelDamaged, match=r"sha256\.json cannot be read"):
        store.find(stored.tag)


def test_hashes_that_are_lost_are_damage_too(stored: store.StoredModel) -> None:
    (stored.folder / "sha256.json").unlink()
    with pytest.raises(ModelDamaged, match=r"sha256\.json is missing"):
        store.find(stored.tag)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", [flip, cut, zero, Path.unlink])
def test_a_card_that_is_damaged_is_no_card_of_another_format(
    stored: store.StoredModel, damage: Callable[[Path], object]
) -> None:
    damage(stored.folder / store.CARD_FILE)
    with pytest.raises(ModelDamaged, match=r"card\.json is (damaged|missing)"):
        store.find(stored.tag).check_files()


@pytest.mark.parametrize("damage", [cut, zero, Path.unlink])
@pytest.mark.parametrize("asked", ["sentiment", "sentiment:latest", "the tag"])
def test_an_entry_that_is_damaged_is_not_taken_for_an_empty_store(
    stored: store.StoredModel, damage: Callable[[Path], object], asked: str
) -> None:
    damage(stored.folder / "model.yaml")
    with pytest.raises(ModelDamaged, match=rf"{stored.tag} is damaged: .*model\.yaml"):
        store.find(stored.tag if asked == "the tag" else asked)


def test_the_entry_of_another_model_is_damage_too(
    stored: store.StoredModel, folder: Path, card: ModelCard
) -> None:
    other = store.find(store.save("other", folder, card, SEEN))
    shutil.copy(other.folder / "model.yaml", stored.folder / "model.yaml")
    with pytest.raises(ModelDamaged, match=rf"{stored.tag} is damaged: .*model\.yaml"):
        store.find(stored.tag)
    assert store.find("other").tag == other.tag


@pytest.mark.parametrize("name", [store.CARD_FILE, "model.yaml"])
def test_a_newer_model_that_is_lost_is_passed_over_with_a_word(
    stored: store.StoredModel,
    folder: Path,
    card: ModelCard,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    newer = store.find(store.save("sentiment", folder, card, SEEN))
    (newer.folder / name).unlink()
    assert store.find("sentiment").tag == stored.tag
    assert f"{newer.tag} is damaged" in caplog.text
    caplog.clear()
    assert store.find(stored.tag).tag == stored.tag
    assert caplog.text == ""


@pytest.mark.parametrize("damage", [cut, zero, Path.unlink])
def test_seen_texts_that_are_damaged_are_named(
    stored: store.StoredModel, damage: Callable[[Path], object]
) -> None:
    damage(stored.folder / store.SEEN_FILE)
    with pytest.raises(ModelDamaged, match=r"seen_texts\.npy cannot be read"):
        stored.seen_hashes()


def test_a_model_for_an_image_is_whole_without_what_was_left_out(
    stored: store.StoredModel,
) -> None:
    with store.without(stored, ("weights.bin",)):
        slim = store.read(stored.tag, Path(bentoml.models.get(stored.tag).path))
        slim.require_files()
        slim.check_files()
        assert slim.hashes is not None
        assert "deeper/weights.bin" not in slim.hashes


def test_a_model_stored_anew_has_hashes_of_its_own(
    stored: store.StoredModel, card: ModelCard, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(stored.folder, copy, ignore=shutil.ignore_patterns("model.yaml"))
    (copy / "config.json").write_text('{"changed": true}')
    again = store.find(store.save("sentiment", copy, card, SEEN))
    again.check_files()
    assert again.hashes is not None
    assert stored.hashes is not None
    assert again.hashes.keys() == stored.hashes.keys()
    assert again.hashes["config.json"] != stored.hashes["config.json"]


def test_a_model_of_the_store_that_is_stored_again_is_whole(tmp_path: Path) -> None:
    seen = np.array([], dtype=np.uint64)
    first = store.find(store.save("again", tmp_path, make_card(), seen))
    second = store.find(store.save("again", first.folder, make_card(), seen))
    assert second.tag != first.tag
    second.check_files()
