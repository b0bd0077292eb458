"""What the pages refer to is there: links, headings, files, make targets, generated parts."""

import json
import re
from collections.abc import Callable

import pytest

from sentiment.schema import Prediction
from sentiment.settings import RECIPES
from tests.docs.page import PAGES, Page
from tests.support.processes import ROOT
from tools import generate_docs
from tools.file_tree import OTHERS

PARTS = generate_docs.generated_parts()
each_page = pytest.mark.parametrize("page", PAGES, ids=str)

# A word in backticks is a path when it begins with one of our folders or ends like our files.
FOLDERS = "benchmarks|deploy|docs|requirements|sentiment|tests|tools"
PATH = re.compile(rf"(?:{FOLDERS})/[\w./*-]*|[\w./-]+\.(?:py|md|toml|lock|yaml|yml)")
PLACEHOLDERS = re.compile(r"\b(?:NAME|VERSION)\b")  # a caller's own words take their place


def broken_links(page: Page) -> list[str]:
    """Return the links that lead to no file, or to no heading of it."""
    known = {each.path: each for each in PAGES} | {page.path: page}
    broken = []
    for link in page.links():
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        if not target.exists() or (anchor and anchor not in known[target].anchors()):
            broken.append(link)
    return broken


def missing_paths(page: Page) -> list[str]:
    """Return the paths in backticks that are neither in the project nor beside the page."""
    named = [word for word in page.code() if PATH.fullmatch(word) and not PLACEHOLDERS.search(word)]
    return [
        name
        for name in named
        if not any(any(folder.glob(name.rstrip("/"))) for folder in (ROOT, page.path.parent))
    ]


@each_page
def test_links_lead_somewhere(page: Page) -> None:
    assert broken_links(page) == []


@each_page
def test_the_files_it_names_are_there(page: Page) -> None:
    assert missing_paths(page) == []


@pytest.mark.parametrize(
    ("find", "written"),
    [
        (broken_links, "[gone](gone.md)"),
        (broken_links, "[gone](#no-such-heading)"),
        (missing_paths, "`sentiment/gone.py`"),
        (missing_paths, "`gone.py`"),
        (missing_paths, "`docs/*.gone`"),
    ],
)
def test_a_reference_to_nothing_would_be_seen(
    find: Callable[[Page], list[str]], written: str
) -> None:
    page = Page(ROOT / "README.md")
    page.__dict__["text"] = f"# Heading\n\n{written}\n"
    assert len(find(page)) == 1


@pytest.mark.parametrize(
    ("find", "written"),
    [
        (broken_links, "[here](#heading-one) and [there](https://example.org/gone.md)"),
        (missing_paths, "`sentiment/store.py`, `requirements/*.lock`, `docs/NAME.json`, `a/b`"),
    ],
)
def test_other_references_are_let_through(find: Callable[[Page], list[str]], written: str) -> None:
    page = Page(ROOT / "README.md")
    page.__dict__["text"] = f"# Heading, one\n\n{written}\n"
    assert find(page) == []


@each_page
def test_the_make_targets_it_names_are_there(page: Page) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    shown = "\n".join([*page.blocks("console"), *page.blocks("sh"), *page.code()])
    assert set(re.findall(r"^make ([a-z-]+)", shown, flags=re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", generate_docs.PAGES, ids=lambda path: path.name)
def test_the_generated_parts_are_up_to_date(path: object) -> None:
    page = next(each for each in PAGES if each.path == path)
    assert generate_docs.generate(page.text, PARTS) == page.text, (
        "run: python -m tools.generate_docs"
    )


@pytest.mark.parametrize("name", PARTS)
def test_each_generated_part_is_shown_on_a_page(name: str) -> None:
    marked = f"<!-- {name} -->\n{PARTS[name]}\n<!-- /{name} -->"
    assert any(marked in page.text for page in PAGES)


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_tree_says_of_other_files_is_of_files_that_exist(name: str) -> None:
    assert any(ROOT.glob(name.rstrip("/")))


@each_page
def test_an_answer_that_it_shows_is_a_prediction(page: Page) -> None:
    for block in page.blocks("json"):
        plain = Prediction.model_fields.keys() - set(Prediction.ON_REQUEST)
        assert plain <= json.loads(block).keys() <= Prediction.model_fields.keys()


def test_every_recipe_has_a_row_on_the_page_of_training() -> None:
    page = next(page for page in PAGES if str(page) == "docs/training.md")
    rows = re.findall(r"^\| `([\w-]+)` \|", page.text, flags=re.MULTILINE)
    assert rows == list(RECIPES)


def test_every_page_is_listed_in_the_readme() -> None:
    readme = next(page for page in PAGES if str(page) == "README.md")
    listed = {(ROOT / link).resolve() for link in readme.links()}
    assert {page.path for page in PAGES} - {readme.path} <= listed


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200
