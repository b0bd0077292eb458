"""How a model is laid out in the BentoML model store, on which no other file depends.

An entry is a folder that `from_pretrained` loads, plus `card.json`, the hashes of
the texts it has seen and those of its files. An entry appears complete or not at all: BentoML
would copy it into the store file by file, so it is assembled in a folder beside
the store and then moved. Incomplete entries of other programs are skipped.
"""

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import numpy.typing as npt

from sentiment import bentoml_adapter, file_hashes
from sentiment.errors import (
    ModelDamaged,
    ModelNotFound,
    SentimentError,
    TrainingError,
    in_one_line,
)
from sentiment.file_hashes import Hash
from sentiment.schema import ModelCard
from sentiment.settings import MODEL_NAME

CARD_FILE = "card.json"
SEEN_FILE = "seen_texts.npy"

EXPORTS = ("openvino-*", "onnx-*")
"""Patterns of the folders and files that are made of a model's weights, for serving."""

_ENTRY_FILE = "model.yaml"  # BentoML's own

_HASHED = {"hashes": "sha256"}  # the label of a model that has hashes, lost or not

log = logging.getLogger("sentiment.store")


class ModelReference(bentoml.models.BentoModel):  # type: ignore[misc]  # lazily typed
    """The model of a service, which is found at start, not on import, and copied into the Bento."""

    @property
    def stored(self) -> Any:
        """The model that `find` finds; raises the one error that BentoML prints in one line."""
        try:
            return bentoml.models.get(find(str(self.tag)).tag)
        except SentimentError as error:
            raise bentoml.exceptions.NotFound(str(error)) from None


@dataclass(frozen=True)
class StoredModel:
    """A model that was found in the store and has a valid card; its weights are not loaded."""

    tag: str
    folder: Path
    card: ModelCard
    hashes: Mapping[str, Hash] | None = field(default_factory=dict)
    """SHA-256 of its files by name; None for a model that was stored without them."""

    def require_files(self, leave_out: Sequence[str] = ()) -> None:
        """Raise `ModelDamaged` if a file is missing that does not match `leave_out`."""
        if self.hashes is None:
            log.warning("%s was stored without hashes: its files are not checked", self.tag)
            return
        self._refuse(file_hashes.missing(self.folder, self.hashes, leave_out))

    def check_files(self, leave_out: Sequence[str] = ()) -> None:
        """Raise `ModelDamaged` if a file is not as it was stored, those in `leave_out` aside.

        `leave_out` are patterns such as `onnx-*`.
        """
        self._refuse(file_hashes.faults(self.folder, self.hashes or {}, leave_out))

    def _refuse(self, faults: Sequence[str]) -> None:
        if faults:
            raise _damaged(self.tag, ", ".join(faults))

    def seen_hashes(self) -> npt.NDArray[np.uint64]:
        """Return the sorted hashes of the texts it was trained and calibrated on.

        Raises `ModelDamaged` if they cannot be read.
        """
        try:
            hashes: npt.NDArray[np.uint64] = np.load(self.folder / SEEN_FILE, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(self.tag, f"{SEEN_FILE} cannot be read ({in_one_line(error)})") from None
        return hashes


def save(name: str, folder: Path, card: ModelCard, seen: npt.NDArray[np.uint64]) -> str:
    """Store the model in `folder` under `name` with a new version; return the tag.

    Raises `TrainingError` when the store cannot be written.
    """
    try:
        with _scratch() as scratch:
            with bentoml_adapter.create_entry(
                Path(scratch), name, _labels(card), _metadata(card)
            ) as entry:
                target = Path(entry.path)
                # A folder that was in the store has BentoML's own file, which is written anew.
                own = shutil.ignore_patterns(_ENTRY_FILE)
                shutil.copytree(folder, target, dirs_exist_ok=True, ignore=own)
                content = card.model_dump_json(indent=2) + "\n"
                (target / CARD_FILE).write_text(content, encoding="utf-8")
                np.save(target / SEEN_FILE, seen, allow_pickle=False)
                file_hashes.write_hashes(target)
            bentoml_adapter.publish_entry(Path(scratch), entry.tag)
    except OSError as error:
        raise _not_stored(error, "; the checkpoint is kept: --resume stores it.") from error
    return str(entry.tag)


def require_writable() -> None:
    """Raise `TrainingError` if no model could be stored, before one is made."""
    try:
        with _scratch():
            pass
    except OSError as error:
        raise _not_stored(error, ".") from error


def find(tag: str = MODEL_NAME) -> StoredModel:
    """Return the model of a tag, or the newest of a name.

    Raises `ModelNotFound`, which lists the existing tags, and `ModelDamaged` if its own files
    cannot be read.
    """
    name, known = tag.removesuffix(":latest"), tags()
    newest = next((each for each in known if each.partition(":")[0] == name), tag)
    entry = _entry(newest)
    for lost in _without_an_entry(name, known):
        damaged = _damaged(lost, f"{CARD_FILE} or {_ENTRY_FILE} is missing or damaged")
        if entry is None:
            raise damaged
        log.warning("%s It is passed over.", damaged)
    if entry is None:
        raise _not_found(tag)
    hashed = _HASHED.items() <= entry.info.labels.items()
    return read(str(entry.tag), Path(entry.path), hashed)


def read(tag: str, folder: Path, hashed: bool = False) -> StoredModel:
    """Return the model in `folder`; raise `ModelNotFound` if its card is missing or invalid.

    Raises `ModelDamaged` if that is not how it was stored, or if the hashes of its files cannot
    be read. `hashed` says that there have to be some.
    """
    try:
        hashes = file_hashes.read_hashes(folder)
    except (OSError, ValueError) as error:
        fault = f"{file_hashes.HASHES_FILE} cannot be read ({in_one_line(error)})"
        raise _damaged(tag, fault) from None
    if hashes is None and hashed:
        raise _damaged(tag, f"{file_hashes.HASHES_FILE} is missing")
    try:
        card = ModelCard.model_validate_json((folder / CARD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        own = {name: each for name, each in (hashes or {}).items() if name == CARD_FILE}
        if faults := file_hashes.faults(folder, own):
            raise _damaged(tag, ", ".join(faults)) from None
        raise ModelNotFound(
            f"{tag} was not made by this version of train.py: its {CARD_FILE} is missing or "
            "of another format.",
            "Run: python train.py",
        ) from None
    return StoredModel(tag, folder, card, hashes)


@contextlib.contextmanager
def without(model: StoredModel, files: Sequence[str]) -> Iterator[None]:
    """Let BentoML find only this model, under its own tag, without the files that match `files`.

    An image needs few of a model's files. `files` are patterns such as `onnx-*`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / model.tag.replace(":", "/")
        shutil.copytree(model.folder, copy, ignore=shutil.ignore_patterns(*files))
        file_hashes.forget_missing(copy)
        with bentoml_adapter.only_models_of(Path(scratch)):
            yield


def tags() -> list[str]:
    """Return the tags of all models in the store that have a card, newest first."""
    folders = [card.parent for card in bentoml_adapter.models_folder().glob(f"*/*/{CARD_FILE}")]
    candidates = (_entry(f"{folder.parent.name}:{folder.name}") for folder in folders)
    entries = [entry for entry in candidates if entry is not None]
    entries.sort(key=lambda entry: entry.info.creation_time, reverse=True)
    return [str(entry.tag) for entry in entries]


def _entry(tag: str) -> Any:
    """Return BentoML's model, or None for a bad entry, at which BentoML's own listing stops."""
    try:
        entry = bentoml.models.get(tag)
    except Exception:  # missing, invalid and incomplete entries fail in different ways
        return None
    folder = Path(entry.path)
    return entry if str(entry.tag) == f"{folder.parent.name}:{folder.name}" else None


def _without_an_entry(tag: str, known: Sequence[str]) -> list[str]:
    """Return the tags, of a tag or name, of models that were stored whole and are not `known`."""
    name, _, version = tag.partition(":")
    try:
        folders = sorted((bentoml_adapter.models_folder() / name).iterdir())
    except (OSError, ValueError):  # there is no such model, and no such name of a folder
        return []
    stored = [each.name for each in folders if (each / file_hashes.HASHES_FILE).exists()]
    found = [f"{name}:{each}" for each in stored if version in ("", each)]
    return [each for each in found if each not in known]


def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder beside the models, from which one is moved there."""
    home = bentoml_adapter.models_folder().parent
    return tempfile.TemporaryDirectory(dir=home, prefix=".saving-")


def _not_stored(error: OSError, end: str) -> TrainingError:
    # shutil.Error holds a list of (source, target, reason).
    reason = error.args[0][0][-1] if isinstance(error, shutil.Error) else error
    return TrainingError(
        f"The model cannot be stored: {reason}.",
        f"Free some space, or set BENTOML_HOME to a folder that you may write to{end}",
    )


def _not_found(tag: str) -> ModelNotFound:
    known = tags()
    if not known:
        return ModelNotFound(f"No model {tag!r}: the model store is empty.", "Run: python train.py")
    return ModelNotFound(
        f"No model {tag!r} in the store. There are: {', '.join(known)}.",
        "Name one of them, or run: python train.py",
    )


def _damaged(tag: str, faults: str) -> ModelDamaged:
    return ModelDamaged(
        f"{tag} is damaged: {faults}.",
        "Copy it again from where it is whole (bentoml models export, bentoml models import), or "
        f"train it anew. To be rid of it: bentoml models delete {tag}",
    )


def _labels(card: ModelCard) -> dict[str, str]:
    """Return the labels by which the store can be filtered."""
    own = {"recipe": card.recipe, "framework": "transformers", "task": "text-classification"}
    return own | _HASHED


def _metadata(card: ModelCard) -> dict[str, object]:
    """Return what `bentoml models get` shows."""
    best = card.epochs[card.best_epoch - 1]
    return {
        "base_model": card.base_model,
        "data": card.data.source,
        "data_fingerprint": card.data.fingerprint,
        "labels": list(card.labels),
        "max_length": card.truncation.max_length,
        "train_size": card.data.sizes["train"],
        "validation_accuracy": best.validation_accuracy,
        "temperature": card.calibration.temperature,
        "git_commit": card.git_commit,
    }
