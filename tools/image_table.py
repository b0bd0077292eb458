"""The sizes, memory and start of the image, as numbers and as the table in docs/image.md."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from stat import S_ISREG
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "image.json"
NAMES = {
    *("machine", "commit", "sizes", "naive", "torch", "vulnerabilities"),
    *("ready_s", "memory_ready", "memory_loaded"),
}

# The packages of the naive server that an image is compared with. Starlette stands for FastAPI.
NAIVE = ("torch", "transformers", "starlette", "uvicorn", "pydantic")
PACKAGES = "app/.venv/lib/python3.11/site-packages"
BENTO = "home/bentoml/bento"


def table(values: dict[str, Any]) -> str:
    """Return the Markdown table of those `values` that were measured so far."""
    rows = [(f"{name}", _mb(size)) for name, size in values.get("sizes", {}).items()]
    for name, title in (
        ("naive", f"a naive image: the same base and weights, {values.get('torch')}, transformers"),
        ("memory_ready", "memory of all processes, when ready"),
        ("memory_loaded", "memory, after 2,000 texts in lists"),
    ):
        if name in values:
            rows.append((title, _mb(values[name])))
    if "ready_s" in values:
        rows.append(("from start to ready", f"{values['ready_s']:.1f} s"))
    if "vulnerabilities" in values:
        rows.append(("packages with known vulnerabilities", values["vulnerabilities"]))
    head = [f"| what | on {values.get('machine')} |", "|---|---|"]
    return "\n".join([*head, *(f"| {name} | {size} |" for name, size in rows)])


def sizes(image: Path) -> dict[str, int]:
    """Return the bytes of an unpacked image's files: of all, of its largest parts, of the rest."""
    parts = {
        "Debian and its Python": [image / name for name in ("usr", "etc", "var")],
        "OpenVINO": (image / PACKAGES).glob("openvino*"),
        "numpy": (image / PACKAGES).glob("numpy*"),
        "the model: int8 and fp32": [image / BENTO / "models"],
    }
    found = {f"- {name}": sum(map(size, folders)) for name, folders in parts.items()}
    whole = size(image)
    rest = whole - sum(found.values())
    return {"the image, unpacked": whole, **found, "- BentoML, other packages, our code": rest}


def size(path: Path) -> int:
    """Return the bytes of a file, or of all files under a folder; hard links count once."""
    states = [entry.lstat() for entry in (path, *path.rglob("*"))]
    return sum({state.st_ino: state.st_size for state in states if S_ISREG(state.st_mode)}.values())


def installed(names: Iterable[str]) -> int:
    """Return the bytes that pip installed here for packages and all their requirements."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:  # it is for another platform, or for an extra
            continue
        if package.metadata["Name"] in found:
            continue
        found[package.metadata["Name"]] = package
        required = (line for line in package.requires or [] if "extra ==" not in line)
        waiting += [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in required]
    return sum(file.size or 0 for package in found.values() for file in package.files or [])


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
