"""The files of the page as the server sends them."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sentiment.serving.page_routes import FILES, FOLDER, HOME, PAGE_ROUTES
from tests.support.processes import ROOT
from tests.support.servers import contract_server

MOST_BYTES = 5_000_000  # by which the page may make the image larger


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder) as (address, _):
        yield address


def test_every_file_has_a_route_and_all_are_small() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {HOME, *FILES}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


@pytest.mark.parametrize("route", PAGE_ROUTES, ids=lambda route: route.path)
def test_each_file_comes_as_it_is_with_its_type(url: str, route: object) -> None:
    path: str = route.path  # type: ignore[attr-defined]
    answer = httpx.get(f"{url}{path}")
    name = path.rpartition("/")[2] or HOME
    assert answer.content == (FOLDER / name).read_bytes()
    kinds = {"html": "text/html", "css": "text/css", "js": "text/javascript", "txt": "text/plain"}
    kind = kinds.get(name.rpartition(".")[2], "font/woff2")
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "*" not in policy


def test_a_browser_that_has_a_file_is_told_so(url: str) -> None:
    first = httpx.get(f"{url}/page/main.js")
    tag = {"if-none-match": f'W/"other", {first.headers["etag"]}'}
    again = httpx.get(f"{url}/page/main.js", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    other = httpx.get(f"{url}/page/main.js", headers={"if-none-match": '"other"'})
    assert other.content == first.content


@pytest.mark.parametrize("name", ["../routes.py", "..%2froutes.py", "nothing.js", ""])
def test_nothing_else_lies_there(url: str, name: str) -> None:
    assert httpx.get(f"{url}/page/{name}").status_code == 404


def test_no_file_names_another_host_or_makes_html_of_strings() -> None:
    for path in (path for path in FOLDER.iterdir() if path.suffix in (".js", ".css", ".html")):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"https?://|(?:inner|outer)HTML|insertAdj|eval\(", text) == [], path.name


def test_the_bento_holds_the_page() -> None:
    recipe = (ROOT / "bentofile.yaml").read_text(encoding="utf-8")
    assert "  - sentiment/\n" in recipe
    assert "sentiment/serving" not in recipe
