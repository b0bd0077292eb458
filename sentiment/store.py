"""How a model lies in the BentoML model store; the only file that knows.

An entry is a folder that `from_pretrained` loads, plus `card.json` and the
hashes of the texts it has seen. Entries appear whole or not at all.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import numpy.typing as npt

from sentiment.errors import ModelNotFound
from sentiment.schema import ModelCard
from sentiment.settings import MODEL_NAME

CARD_FILE = "card.json"
SEEN_FILE = "seen_texts.npy"


class ModelReference(bentoml.models.BentoModel):  # type: ignore[misc]  # lazily typed
    """The model of a service: resolved at start, not on import; travels into the Bento."""

    def to_info(self, alias: str | None = None) -> Any:
        self._require()
        return super().to_info(alias)

    def resolve(self, base_path: Any = None) -> Any:
        self._require()
        return super().resolve(base_path)

    def _require(self) -> None:
        """Fail in the one way that BentoML's command line prints as a line."""
        try:
            find(str(self.tag))
        except ModelNotFound as error:
            raise bentoml.exceptions.NotFound(str(error)) from None


@dataclass(frozen=True)
class StoredModel:
    """A model of the store, found and checked, not yet loaded."""

    tag: str
    folder: Path
    card: ModelCard

    def seen_hashes(self) -> npt.NDArray[np.uint64]:
        """Return the sorted hashes of the texts it was trained and calibrated on."""
        hashes: npt.NDArray[np.uint64] = np.load(self.folder / SEEN_FILE, allow_pickle=False)
        return hashes


def save(name: str, folder: Path, card: ModelCard, seen: npt.NDArray[np.uint64]) -> str:
    """Store the model in `folder` under `name` with a new version; return the tag."""
    with bentoml.models.create(name, labels=_labels(card), metadata=_metadata(card)) as m:
        target = Path(m.path)
        shutil.copytree(folder, target, dirs_exist_ok=True)
        (target / CARD_FILE).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        np.save(target / SEEN_FILE, seen, allow_pickle=False)
    return str(m.tag)


def find(tag: str = MODEL_NAME) -> StoredModel:
    """Return the model of a tag, or the newest of a name.

    Raises `ModelNotFound`, listing the tags there are.
    """
    try:
        entry = bentoml.models.get(tag)
    except (bentoml.exceptions.NotFound, bentoml.exceptions.BentoMLException, ValueError):
        raise _not_found(tag) from None
    return read(str(entry.tag), Path(entry.path))


def read(tag: str, folder: Path) -> StoredModel:
    """Return the model that lies in `folder`; raise `ModelNotFound` if it is not one of ours."""
    try:
        card = ModelCard.model_validate_json((folder / CARD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelNotFound(
            f"{tag} was not made by this version of train.py: its {CARD_FILE} is missing or "
            "of another format.",
            "Run: python train.py",
        ) from None
    return StoredModel(tag, folder, card)


def tags() -> list[str]:
    """Return the tags of all models of ours in the store, newest first."""
    entries = [entry for entry in bentoml.models.list() if (Path(entry.path) / CARD_FILE).is_file()]
    entries.sort(key=lambda entry: entry.info.creation_time, reverse=True)
    return [str(entry.tag) for entry in entries]


def _not_found(tag: str) -> ModelNotFound:
    known = tags()
    if not known:
        return ModelNotFound(f"No model {tag!r}: the model store is empty.", "Run: python train.py")
    return ModelNotFound(
        f"No model {tag!r} in the store. There are: {', '.join(known)}.",
        "Name one of them, or run: python train.py",
    )


def _labels(card: ModelCard) -> dict[str, str]:
    """Return the store's labels: short words to filter by."""
    return {"recipe": card.recipe, "framework": "transformers", "task": "text-classification"}


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
