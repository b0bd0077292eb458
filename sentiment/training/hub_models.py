"""Base models of the Hugging Face hub: one question, one answer, then files on this disk.

What is loaded afterwards is a folder, so nothing else of a run asks the hub, or waits for it.
"""

from collections.abc import Sequence
from pathlib import Path

from sentiment.errors import UsageError

_PATIENCE_S = 10.0
_SMALL_FILES = (".json", ".txt", ".model", ".tiktoken")
_WEIGHTS = (".safetensors", ".bin")
_OFFLINE = ("*.json", "*.txt", "*.model", "*.tiktoken", "*.safetensors", "README.md")


def fetch(name: str) -> str:
    """Return the folder of a model of the hub, or of its cache if the hub does not answer.

    The hub is asked once, so an unknown name fails at once. Raises `UsageError` if neither
    has the model, or it is one that needs a permission.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        info = HfApi().model_info(name, timeout=_PATIENCE_S)
        wanted = _wanted([file.rfilename for file in info.siblings or ()])
        return snapshot_download(name, revision=info.sha, allow_patterns=wanted)
    except GatedRepoError:
        raise UsageError(
            f"The hub gives {name!r} only to those who have accepted its terms.",
            f"Accept them at https://huggingface.co/{name}, and run: hf auth login",
        ) from None
    except RepositoryNotFoundError:
        raise UsageError(
            f"There is no folder {name!r} here, and the hub has no model of that name.",
            "Correct --base-model; a private model needs: hf auth login",
        ) from None
    except Exception as error:  # the hub's client raises many unrelated types
        folder = _cached(name)
        if folder is not None:
            return str(folder)
        raise UsageError(
            f"There is no folder {name!r} here, and neither the hub ({type(error).__name__}) nor "
            "its cache has a whole model of that name.",
            "Check the name and the connection, or pass --base-model packaged.",
        ) from None


def _wanted(files: Sequence[str]) -> list[str]:
    """Return those files that `from_pretrained` reads, with weights in one format alone."""
    top = [file for file in files if "/" not in file]
    kind = next((each for each in _WEIGHTS if any(file.endswith(each) for file in top)), "")
    small = [file for file in top if file.endswith(_SMALL_FILES) or file == "README.md"]
    return small + [file for file in top if kind and file.endswith(kind)]


def _cached(name: str) -> Path | None:
    """Return the folder in the hub's cache if it has a configuration and weights."""
    from huggingface_hub import snapshot_download

    try:
        path = snapshot_download(
            name, allow_patterns=list(_OFFLINE), ignore_patterns=["*/*"], local_files_only=True
        )
    except (OSError, ValueError):
        return None
    folder = Path(path)
    whole = (folder / "config.json").is_file() and has_weights(folder)
    return folder if whole else None


def has_weights(folder: Path) -> bool:
    """Return whether a folder holds weights that `from_pretrained` can load."""
    return any(
        (folder / f"{stem}{part}").is_file()
        for stem in ("model.safetensors", "pytorch_model.bin")
        for part in ("", ".index.json")
    )
