from collections.abc import Callable, Iterator
from pathlib import Path

import bentoml
import numpy as np
import pytest

from sentiment import store
from sentiment.errors import ModelNotFound
from sentiment.schema import ModelCard
from tests.helpers import make_card

SEEN = np.array([3, 5, 2**64 - 1], dtype=np.uint64)


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    _delete_all()
    yield
    _delete_all()


def _delete_all() -> None:
    for entry in bentoml.models.list():
        bentoml.models.delete(entry.tag)


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
    with pytest.raises(FileNotFoundError):
        store.save("sentiment", tmp_path / "missing", card, SEEN)
    assert bentoml.models.list() == []


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
