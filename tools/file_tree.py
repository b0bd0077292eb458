"""The files of the project, each with the first sentence of its docstring."""

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]

OTHERS = {  # files without a docstring, and folders, each for all files in it
    "Makefile": "`make run`, `make test` and the steps they are made of",
    "bentofile.yaml": "what goes into the Bento and its image",
    "requirements.txt": "everything for training and serving",
    "requirements/serve.txt": "what serving needs",
    "requirements/gpu.txt": "what serving on a GPU needs",
    "requirements/tracing.txt": "what tracing needs; the images have it",
    "requirements/*.lock": "the same, each version and hash: what the images install",
    "requirements/ray.txt": "what scoring on several machines needs on top",
    "requirements/remote.txt": "what corpora in object stores need on top",
    "requirements/dev.txt": "what the tests need on top",
    "pyproject.toml": "the project's metadata, and the settings of ruff, mypy and pytest",
    ".github/workflows/ci.yml": "`make test` on each version of Python that is supported",
    ".pre-commit-config.yaml": "`make lint` before each commit",
    ".ci/run": "`make test` with what the tests of image and page need, on Debian",
    "deploy/": "where it runs: Compose, Kubernetes, a Space, several machines; its README says how",
    "docs/": "the pages beside the README, and the figures that their tables are made of",
    "tests/unit/": "tests that start no process; it mirrors the tree",
    "tests/service/": "tests that speak HTTP with a server in their own process",
    "sentiment/serving/page/": "the page at `/`: HTML, CSS and ES modules that know the API alone",
    "tests/page/": "tests that use the page in a real Chromium",
    "tests/processes/": "tests that start commands and servers, and stop or kill them",
    "tests/model/": "what a trained model must have learnt",
    "tests/deploy/": "tests of what `deploy/` holds",
    "tests/docs/": "tests that run what the pages show",
    "tests/image/": "tests that build and run containers: `make image-test`",
    "tests/support/": "what tests share: tiny models, servers, reviews, processes",
}


def file_tree() -> str:
    """Return a line for each module, then one for each of `OTHERS`, as a Markdown code block."""
    names = sorted(_modules(), key=lambda name: ("/" in name, name))
    rows = [(name, _first_sentence(ROOT / name)) for name in names] + list(OTHERS.items())
    width = max(len(name) for name, _ in rows) + 2
    lines = [f"{name:<{width}}{sentence}" for name, sentence in rows]
    return "\n".join(["```text", *lines, "```"])


def _modules() -> list[str]:
    """Return the modules that git tracks or would add, without tests and `__init__.py`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [
        name
        for name in listed
        if (ROOT / name).is_file()
        and not name.startswith("tests/")
        and not name.endswith("__init__.py")
    ]


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0].rstrip(".")
