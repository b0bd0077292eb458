"""The page of benchmarks, docs/benchmarks.md, and the results that it is generated from.

Each benchmark has a section of the page, between marks of its name, and a JSON file
`docs/benchmarks/NAME.json`. `benchmarks/NAME/tables.py` makes the tables of the section.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine, described
from benchmarks.markdown import replaced
from sentiment.atomic_files import write_atomically

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
RESULTS = DOCS / "benchmarks"
RELIABILITY = DOCS / "reliability.md"


def section(result: Machine, tables: str) -> str:
    """Return the section between the marks: where a result was measured, and its tables."""
    return f"{described(result)}\n\n{tables}"


def read(name: str) -> Any:
    """Return the newest result of a benchmark; its type is in `benchmarks/NAME/result.py`."""
    return json.loads(result_file(name).read_text(encoding="utf-8"))


def result_file(name: str) -> Path:
    """Return the file of a benchmark's result, which need not be there."""
    return RESULTS / f"{name}.json"


def keep(name: str, result: Machine) -> None:
    """Write the result to its file, and not yet to the page."""
    RESULTS.mkdir(exist_ok=True)
    write_atomically(result_file(name), json.dumps(result, indent=1) + "\n")


def write(name: str, result: Machine, tables: str, page: Path = PAGE) -> None:
    """Print the tables, then the result as one line of JSON; write both to docs/."""
    shown = section(result, tables)
    keep(name, result)
    write_atomically(page, replaced(page.read_text(encoding="utf-8"), name, shown))
    print(f"\n{shown}\n\n{json.dumps(result)}")
