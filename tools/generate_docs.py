"""Writes the generated parts of the pages: what is between `<!-- NAME -->` marks.

The benchmarks themselves write the parts of docs/benchmarks.md.
Run: python -m tools.generate_docs
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.markdown import replaced
from sentiment.serving.routes import routes_table
from sentiment.settings import ServingSettings, settings_table
from tools import image_table
from tools.file_tree import file_tree
from tools.results_table import parts_table, results_table
from tools.shapes_table import shapes_table

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name != "benchmarks.md"),
]


def generated_parts() -> dict[str, str]:
    """Return what is to be between the marks of each name."""
    return {
        "settings": settings_table(ServingSettings),
        "routes": routes_table(),
        "results": results_table(),
        "parts": parts_table(),
        "image": image_table.table(json.loads(image_table.FILE.read_text(encoding="utf-8"))),
        "tree": file_tree(),
        "targets": _make_targets(),
        "shapes": shapes_table(),
    }


def generate(text: str, parts: Mapping[str, str]) -> str:
    """Return the `text` of a page with its generated parts replaced by `parts`."""
    for name, content in parts.items():
        text = replaced(text, name, content)
    return text


def _make_targets() -> str:
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return f"```text\n{listed.stdout.strip()}\n```"


if __name__ == "__main__":
    current = generated_parts()
    for page in PAGES:
        page.write_text(generate(page.read_text(encoding="utf-8"), current), encoding="utf-8")
