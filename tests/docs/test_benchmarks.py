"""The page of benchmarks says what was measured, and nothing else between its marks."""

import json

import pytest

from benchmarks import engine, scoring, serving, training
from benchmarks.common import PAGE, RESULTS, replaced, section

PARTS = {
    module.__name__.rpartition(".")[2]: module for module in (engine, serving, scoring, training)
}


@pytest.mark.parametrize("name", PARTS)
def test_a_section_is_what_its_result_says(name: str) -> None:
    result = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    shown = section(result, PARTS[name].tables)
    page = PAGE.read_text(encoding="utf-8")
    assert replaced(page, name, shown) == page, f"run: python -m benchmarks.{name}"
    assert replaced(page, name, "") != page
