"""Imports point down the levels, and what is heavy is imported where it is used."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEVELS = (
    {"sentiment", "errors"},
    {"text", "schema", "settings", "calibration", "allocator", "atomic_files", "terminal"}
    | {"user_cache", "cpu", "loopback", "listening", "waiting"},
    {"cli", "bentoml_adapter", "uvicorn_adapter", "text_spans", "file_hashes", "client"}
    | {"feedback"},
    {"data"},
    {"store"},
    {"inference"},
    {"behaviour", "answers"},
    {"export"},
    {"training", "evaluation", "scoring"},
    {"serving"},
    {"keys"},
)
HEAVY = {
    *("torch", "transformers", "datasets", "accelerate"),
    *("pandas", "sklearn", "scipy", "matplotlib", "pyarrow", "ray"),
}
MODULES = sorted((ROOT / "sentiment").rglob("*.py"))
each_module = pytest.mark.parametrize(
    "module", MODULES, ids=[str(module.relative_to(ROOT)) for module in MODULES]
)


def unit(name: str) -> str:
    """Return the file or folder of the package that a dotted name lies in."""
    return name.split(".")[1] if "." in name else name


def level(name: str) -> int:
    (found,) = [number for number, names in enumerate(LEVELS) if unit(name) in names]
    return found


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Yield the dotted names that import statements name, submodules included."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inside = ROOT.joinpath(*node.module.split("."), alias.name)
                is_module = inside.is_dir() or inside.with_suffix(".py").is_file()
                yield f"{node.module}.{alias.name}" if is_module else node.module


def on_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported."""
    for node in ast.iter_child_nodes(tree):
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not lazy and not typing:
            yield node
            yield from on_import(node)


def climbs(source: str, name: str) -> list[str]:
    """Return the imports of our own modules that lie on a higher level than `name`."""
    ours = (each for each in imported(ast.walk(ast.parse(source))) if unit_of_ours(each))
    return [each for each in ours if level(each) > level(name)]


def unit_of_ours(name: str) -> bool:
    return name.split(".")[0] == "sentiment"


def heavy(source: str) -> set[str]:
    return {name.split(".")[0] for name in imported(on_import(ast.parse(source)))} & HEAVY


@each_module
def test_imports_point_down_the_levels(module: Path) -> None:
    assert climbs(module.read_text(), dotted(module)) == []


@each_module
def test_heavy_libraries_are_imported_where_they_are_used(module: Path) -> None:
    assert heavy(module.read_text()) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import sentiment.serving.http",
        "from sentiment import store",
        "from sentiment.store import find",
        "def later():\n    from sentiment.training import pipeline",
        "if TYPE_CHECKING:\n    from sentiment.evaluation import report",
    ],
)
def test_an_import_that_climbs_would_be_seen(source: str) -> None:
    assert len(climbs(source, "sentiment.data.labelled_files")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import torch.nn",
        "from pandas import DataFrame",
        "try:\n    import scipy\nexcept ImportError:\n    scipy = None",
        "class Holder:\n    import sklearn",
    ],
)
def test_a_heavy_import_would_be_seen(source: str) -> None:
    assert len(heavy(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def later():\n    import torch",
        "if TYPE_CHECKING:\n    from datasets import Dataset",
        "import numpy",
    ],
)
def test_an_import_that_costs_nothing_yet_is_allowed(source: str) -> None:
    assert heavy(source) == set()
