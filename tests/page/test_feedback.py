"""A wrong answer is told at a click, where the server takes feedback, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.page.conftest import PATIENCE_MS, Open, Serve
from tests.page.test_text import PRAISE, answer, ask

MANY = ["negative", "neutral", "positive"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told") / "feedback.jsonl"


@pytest.fixture(scope="module")
def keeping(serve: Serve, path: Path) -> str:
    """A server that takes feedback."""
    return serve(feedback_file=path)[0]


def asked(page: Page) -> Any:
    """Ask for an answer, and return the button that calls it wrong."""
    expect(page.locator("#state")).to_have_text("sentiment:words")
    ask(page, PRAISE)
    return answer(page).get_by_role("button", name="This is wrong")


def more_labels(context: BrowserContext) -> None:
    def relabel(route: Route) -> None:
        reply = route.fetch()
        served = reply.json()
        served["card"]["labels"] = MANY
        route.fulfill(response=reply, json=served)

    context.route("**/model", relabel)


def test_the_one_other_label_is_named_and_kept(keeping: str, visit: Open, path: Path) -> None:
    page = visit(keeping)
    opener = asked(page)
    expect(answer(page).get_by_role("button", name="It is negative")).to_be_hidden()
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    answer(page).get_by_role("button", name="It is negative").click()
    expect(answer(page).get_by_role("status").last).to_have_text(
        "Thank you. The text is kept as negative."
    )
    expect(opener).to_have_count(0)
    line = json.loads(path.read_text().splitlines()[-1])
    assert (line["text"], line["label"], line["said"]) == (PRAISE, "negative", "positive")
    assert 0.5 < line["confidence"] < 1
    ask(page, "A dull film.")  # the next answer may be wrong too
    expect(answer(page).get_by_role("heading", name="Negative")).to_be_visible()
    expect(opener).to_be_visible()


def test_of_several_labels_one_is_chosen(
    keeping: str, visit: Open, context: BrowserContext
) -> None:
    more_labels(context)
    sent: list[Any] = []

    def keep(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or ""))
        route.fulfill(status=201, json={"status": "written"})

    context.route("**/feedback", keep)
    page = visit(keeping)
    asked(page).click()
    choice = answer(page).get_by_label("It is")
    expect(choice.get_by_role("option")).to_have_text(["negative", "neutral"])
    choice.select_option("neutral")
    answer(page).get_by_role("button", name="Send").click()
    expect(answer(page).get_by_text("Thank you. The text is kept as neutral.")).to_be_visible()
    assert [body["label"] for body in sent] == ["neutral"]


def test_it_is_done_with_the_keyboard_alone(keeping: str, visit: Open, path: Path) -> None:
    page = visit(keeping)
    opener = asked(page)
    opener.focus()
    before = len(path.read_text().splitlines())
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    thanks = answer(page).get_by_text("Thank you.")
    expect(thanks).to_be_focused()
    assert len(path.read_text().splitlines()) == before + 1


def test_a_refusal_is_told_and_may_be_tried_again(
    keeping: str, visit: Open, context: BrowserContext
) -> None:
    error = {"code": "feedback_not_written", "message": "The file is full.", "details": []}
    context.route(
        "**/feedback", lambda route: route.fulfill(status=503, json={"error": error}), times=1
    )
    page = visit(keeping)
    asked(page).click()
    button = answer(page).get_by_role("button", name="It is negative")
    button.click()
    expect(answer(page).get_by_role("alert")).to_have_text(
        "The server could not keep this. The file is full."
    )
    button.click()
    expect(answer(page).get_by_text("Thank you.")).to_be_visible()
    expect(answer(page).get_by_role("alert")).to_be_empty()


def test_where_it_is_off_there_is_nothing_of_it(url: str, visit: Open) -> None:
    page = visit(url)
    opener = asked(page)
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    expect(opener).to_have_count(0)
    assert page.locator(".feedback").count() == 0


@pytest.mark.parametrize("labels", [2, 3])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(keeping: str, browser: Browser, scheme: str, labels: int) -> None:
    size = {"width": 390, "height": 900}
    with browser.new_context(color_scheme=scheme, viewport=size) as context:  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        if labels > 2:
            more_labels(context)
        page = context.new_page()
        page.goto(keeping)
        asked(page).click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        context.route("**/feedback", lambda route: route.abort())
        answer(page).get_by_role("button", name="It is" if labels == 2 else "Send").click()
        expect(answer(page).get_by_role("alert")).to_contain_text("cannot be reached")
        context.unroute("**/feedback")
        answer(page).get_by_role("button", name="It is" if labels == 2 else "Send").click()
        expect(answer(page).get_by_text("Thank you.")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
