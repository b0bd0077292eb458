"""Writes what the README generates: the settings table, the results, the image, the layout.

Run: python -m tools.generate_docs
"""

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.markdown import replaced
from sentiment.settings import ServingSettings, settings_table
from tools.image_table import FILE, table

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

_WORDS = {  # files that cannot speak for themselves
    "Makefile": "`make run`, `make test` and the steps they are made of",
    "bentofile.yaml": "what goes into the Bento and its image",
    "requirements.txt": "everything for training and serving",
    "requirements/serve.txt": "what serving needs",
    "requirements/gpu.txt": "what serving on a GPU needs",
    "requirements/*.lock": "the same, each version and hash: what the images install",
    "requirements/ray.txt": "what scoring on several machines needs on top",
    "requirements/dev.txt": "what the tests need on top",
    "pyproject.toml": "settings of ruff, mypy and pytest",
    ".ci/run": "continuous integration: `make test`",
    "deploy/": "where it runs: Compose, Kubernetes, a Space, several machines; its README says how",
    "docs/benchmarks.md": "what `make bench` measured, and what was tried",
    "docs/image.json": "what `make image-test` measured",
    "docs/results/": "the reports behind the README's table, from `evaluate.py --json`",
    "tests/": "unit/ mirrors the tree; service/ speaks HTTP; image/ runs containers; model/ "
    "behaviour; deploy/ and docs/ what is written there",
}


def generate(text: str) -> str:
    """Return the README with its generated parts made anew."""
    parts = {
        "settings": settings_table(ServingSettings),
        "results": _results(),
        "image": table(json.loads(FILE.read_text())),
        "tree": _tree(),
    }
    for name, content in parts.items():
        text = replaced(text, name, content)
    return text


def _results() -> str:
    """Return a row for each report that `evaluate.py --json` wrote into docs/results/."""
    head = [
        "recipe",
        "tested on",
        "texts",
        "computed in",
        "accuracy",
        "F1",
        "ROC AUC",
        "log loss",
        "ECE",
    ]
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    reports = [json.loads(path.read_text()) for path in (ROOT / "docs/results").glob("*.json")]
    for report in sorted(reports, key=lambda each: (each["recipe"] != "quick", each["data"])):
        cells = [
            f"`{report['recipe']}`",
            report["data"],
            f"{report['texts']:,}",
            f"{report['engine']['backend']} {report['engine']['precision']}",
            _with_interval(report, "accuracy"),
            _with_interval(report, "f1"),
            f"{report['roc_auc']:.3f}",
            *(
                f"{report[f'{name}_before']:.3f} → {report[f'{name}_after']:.3f}"
                for name in ("log_loss", "expected_calibration_error")
            ),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _with_interval(report: dict[str, Any], name: str) -> str:
    low, high = report[f"{name}_interval"]
    return f"{report[name]:.3f} ({low:.3f} to {high:.3f})"


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
