"""BentoML's model store: where it lies, how an entry is added whole, which models are seen."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore


def models_folder() -> Path:
    """Return the folder of the model store; an entry lies in `NAME/VERSION` under it."""
    make_folders_only_where_possible()
    return Path(BentoMLContainer.model_store.get()._path)


def make_folders_only_where_possible() -> None:
    """Let BentoML go on without those folders in `BENTOML_HOME` that it cannot make.

    It makes one each for models, Bentos, environments and work in progress before it reads any
    of them. A store that was copied here, and may only be read, need only have that of models.
    """
    from bentoml._internal.configuration import containers

    replaced: Any = containers  # mypy knows only what a module exports

    def make(home: str, *folders: str) -> None:
        for folder in (home, *folders):
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
            except OSError:
                if not Path(home, "models").is_dir():
                    raise

    replaced.validate_or_create_dir = make


@contextlib.contextmanager
def create_entry(
    folder: Path, name: str, labels: dict[str, str], metadata: dict[str, Any]
) -> Iterator[Any]:
    """Write a new entry under `folder` instead of into the store; yield BentoML's model.

    `bentoml.models.create` copies an entry into the store file by file, so that other
    processes see it incomplete. Its private argument names another store to write to.
    """
    with bentoml.models.create(
        name, labels=labels, metadata=metadata, _model_store=ModelStore(folder)
    ) as entry:
        yield entry


def publish_entry(folder: Path, tag: Any) -> None:
    """Move a complete entry from `folder` into the store, as the latest of its name.

    It appears in one step if both are on one file system. If moving fails, nothing is left of it.
    """
    target = models_folder() / tag.path()
    target.parent.mkdir(exist_ok=True)
    try:
        shutil.move(folder / tag.path(), target)
        (target.parent / "latest").write_text(tag.version)
    except BaseException:  # Ctrl-C included
        shutil.rmtree(target, ignore_errors=True)
        raise


@contextlib.contextmanager
def only_models_of(folder: Path) -> Iterator[None]:
    """Make BentoML look for models only in `folder` while the context lasts."""
    BentoMLContainer.model_store.set(ModelStore(folder))
    try:
        yield
    finally:
        BentoMLContainer.model_store.reset()


def model_of_bento(service: Any) -> str | None:
    """Return the tag of the model inside the served Bento, or None if no Bento is served."""
    return None if service.bento is None else str(service.bento.info.all_models[0].tag)
