"""A real Chromium, and a server whose engine knows a few words."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sentiment.inference.tokenizing import Tokenizer
from sentiment.serving.model_server import LoadedModel, ModelServer
from tests.page.model_card import full_card
from tests.page.words import WordEngine, write_word_tokenizer
from tests.support.servers import contract_server

PATIENCE_MS = 20_000

Serve = Callable[..., tuple[str, ModelServer]]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it `make test` leaves this folder out, and says so.

    Playwright runs an event loop in this thread, so it ends before other modules' tests.
    """
    program = shutil.which("chromium")
    assert program, "Install chromium, on Debian: apt-get install chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def word_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tokenizer of the engine of words."""
    return write_word_tokenizer(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def serve(word_tokenizer: Path) -> Iterator[Serve]:
    """Start a server with an engine and settings; it is stopped after the module's tests."""
    with ExitStack() as started:

        def start(engine: WordEngine | None = None, **options: Any) -> tuple[str, ModelServer]:
            tokenizer = Tokenizer(word_tokenizer, max_length=64)
            model = LoadedModel("sentiment:words", full_card(), tokenizer, engine or WordEngine())
            options.setdefault("load", lambda: model)
            url, server = started.enter_context(contract_server(word_tokenizer, **options))
            return url, server

        yield start


@pytest.fixture(scope="module")
def url(serve: Serve) -> str:
    """A server with default settings."""
    return serve()[0]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own, which notes nothing from other tests."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as opened:
        opened.set_default_timeout(PATIENCE_MS)
        yield opened


@pytest.fixture
def problems() -> list[str]:
    """What the page has complained of: errors of scripts, and what the policy forbade."""
    return []


@pytest.fixture
def visit(context: BrowserContext, problems: list[str]) -> Iterator[Open]:
    """Open the page of a server; fail at the end if a script failed or was forbidden."""

    def open_page(address: str, view: str = "text") -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if _bad(message) else None)
        page.goto(f"{address}#{view}")
        return page

    yield open_page
    assert problems == []


def _bad(message: Any) -> bool:
    """A refusal over HTTP is in the browser's log too, and is what some tests are about."""
    return message.type in ("error", "warning") and "Failed to load resource" not in message.text
