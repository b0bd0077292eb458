"""Writes what the README generates from the code: the settings table and the layout.

Run: python -m tests.docs.generate
"""

import ast
import re
import subprocess
from pathlib import Path

from sentiment.settings import ServingSettings, settings_table

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

_WORDS = {  # files that cannot speak for themselves
    "Makefile": "`make run`, `make test` and the steps they are made of",
    "bentofile.yaml": "what goes into the Bento",
    "requirements.txt": "everything for training and serving",
    "requirements-serve.txt": "what the Bento installs",
    "requirements-dev.txt": "what the tests need on top",
    "pyproject.toml": "settings of ruff, mypy and pytest",
    ".ci/run": "continuous integration: `make test`",
    "tests/": "unit/ mirrors sentiment/; service/ speaks HTTP; model/ behaviour; docs/ this page",
}


def generate(text: str) -> str:
    """Return the README with its generated parts made anew."""
    parts = {"settings": settings_table(ServingSettings), "tree": _tree()}
    for name, content in parts.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda match, content=content: f"{match[1]}{content}\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


def _tree() -> str:
    """Return the files, each with the first sentence that it says of itself."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    modules = sorted(name for name in listed if name.endswith(".py") and "tests/" not in name)
    top = [name for name in modules if "/" not in name]
    package = [name for name in modules if "/" in name and not name.endswith("__init__.py")]
    rows = [(name, _first_sentence(ROOT / name)) for name in top + package]
    rows += _WORDS.items()
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(["```text", *(f"{name:<{width}}{words}" for name, words in rows), "```"])


def _first_sentence(path: Path) -> str:
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return words.splitlines()[0].rstrip(".")


if __name__ == "__main__":
    README.write_text(generate(README.read_text(encoding="utf-8")), encoding="utf-8")
