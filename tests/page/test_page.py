"""The page as a whole: where it lies, what it asks for, how it looks, and who can use it."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sentiment.serving.page_routes import FOLDER
from tests.page.conftest import PATIENCE_MS, Open, Serve
from tests.page.test_file import choose, many
from tests.page.test_text import PRAISE, answer, ask, explain
from tests.support.processes import ROOT

pytestmark = pytest.mark.chromium

PICTURE = ROOT / "docs/page.png"
MOST_BYTES = 200_000
SHOTS = ROOT / "reports/page"
WIDTHS = {"phone": 390, "tablet": 820, "desktop": 1280}
VIEWS = ("text", "file", "model")
SCHEMES = ("light", "dark")


def fill(page: Page, view: str) -> None:
    """Bring something into each view."""
    if view == "text":
        page.get_by_role("button", name="Mixed").click()
        expect(page.locator(".verdict")).to_be_visible()
    elif view == "file":
        choose(page, "reviews.csv", many(60) + "61,\u2d30\n")
        expect(page.locator(".progress-line")).to_contain_text("61 of 61")
    expect(page.locator("#state")).to_have_text("sentiment:words")


@pytest.fixture(scope="module")
def marking(serve: Serve) -> str:
    """A server that marks answers too; like every one it explains them."""
    return serve(max_risk=0.05)[0]


@pytest.fixture(params=SCHEMES)
def themed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(color_scheme=request.param) as opened:
        opened.set_default_timeout(PATIENCE_MS)
        yield opened


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_no_violation(url: str, themed: BrowserContext, view: str) -> None:
    explain(themed)
    page = themed.new_page()
    page.goto(f"{url}/#{view}")
    for filled in (False, True):
        if filled:
            fill(page, view)
            for each in page.locator("details:visible > summary").all():
                each.click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_axe_finds_no_violation_in_an_error_or_the_question_for_a_key(
    url: str, themed: BrowserContext
) -> None:
    page = themed.new_page()
    page.goto(url)
    ask(page, "\u2d30")
    expect(page.get_by_role("alert")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    themed.route("**/predict", lambda route: route.fulfill(status=401, json={}))
    ask(page, PRAISE)
    expect(page.get_by_role("dialog")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_no_request_leaves_the_origin(url: str, visit: Open, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = visit(url)
    for view in VIEWS:
        page.get_by_role("link", name=view, exact=False).first.click()
        fill(page, view)
    assert len(asked) > 20
    own = ("http", urlsplit(url).netloc)
    assert {urlsplit(each)[:2] for each in asked if not each.startswith("blob:")} == {own}


def test_what_a_script_from_elsewhere_or_inline_would_do_is_forbidden(
    url: str, context: BrowserContext
) -> None:
    page = context.new_page()
    policy = (page.goto(url) or pytest.fail("no answer")).headers["content-security-policy"]
    assert "unsafe" not in policy
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.append("window.ran = true");
          document.body.append(script);
        }"""
    )
    assert page.evaluate("window.ran") is None
    assert page.evaluate("fetch('http://127.0.0.2:9/').then(() => 'sent', () => 'refused')") == (
        "refused"
    )


@pytest.mark.parametrize("path", ["/api/", "/api", "/"])
def test_it_works_behind_a_prefix_of_the_path(serve: Serve, visit: Open, path: str) -> None:
    address, _ = serve(path_prefix="/api")
    page = visit(f"{address}{path}")
    ask(page, PRAISE)
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    page.get_by_text("The same with curl").click()
    prefix = path.rstrip("/")
    expect(page.locator("#curl")).to_contain_text(f"curl '{address}{prefix}/predict'")


def test_everything_can_be_done_with_the_keyboard(url: str, visit: Open) -> None:
    page = visit(url)
    expect(page.locator("#state")).to_have_text("sentiment:words")

    def tab_to(name: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.textContent.trim()")
            if focused == name:
                return
        pytest.fail(f"{name} is not reached")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips the bar
    page.keyboard.press("Tab")
    page.keyboard.type(PRAISE)
    page.keyboard.press("Control+Enter")
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    tab_to("The same with curl")
    page.keyboard.press("Space")
    expect(page.locator("#curl")).to_be_visible()
    page.goto(f"{url}/#file")
    page.reload()
    tab_to("Use a sample")
    page.keyboard.press("Enter")
    expect(page.locator(".progress-line")).to_contain_text("6 of 6")
    tab_to("Download CSV")
    with page.expect_download():
        page.keyboard.press("Enter")


def test_a_chosen_theme_stays(url: str, visit: Open) -> None:
    page = visit(url)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate(ground) != light


def test_the_model_is_shown_with_intervals_and_charts(url: str, visit: Open) -> None:
    page = visit(url, "model")
    expect(page.get_by_role("main")).to_contain_text("87.5 %")
    expect(page.get_by_role("main")).to_contain_text("84.3 % to 90.1 % (95 %), on 500 texts")
    expect(page.get_by_role("img", name="Reliability")).to_be_visible()
    expect(page.get_by_role("img", name="Cascade")).to_be_visible()
    expect(page.locator(".fingerprint")).to_contain_text("fd403b3c44d6")
    page.get_by_text("Figures").first.click()
    expect(page.get_by_role("region", name="Figures of Reliability")).to_contain_text(
        "91.1 %84.4 % to 95.1 %112"
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_its_width_and_is_written_down_to_be_looked_at(
    marking: str, browser: Browser, width: str, scheme: str
) -> None:
    size = {"width": WIDTHS[width], "height": 900}
    with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
        SHOTS.mkdir(parents=True, exist_ok=True)
        for view in VIEWS:
            page = context.new_page()
            page.goto(f"{marking}/#{view}")
            fill(page, view)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            page.screenshot(path=SHOTS / f"{view}-{width}-{scheme}.png", full_page=True)
            page.close()


def test_the_picture_of_the_readme_is_of_this_page(marking: str, browser: Browser) -> None:
    """It is made anew when the page's files have changed, and else left as it is.

    `PICTURE_OF` may name a server with a trained model, for its answer to be seen.
    """
    made_of = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(FOLDER.iterdir())))
    if not PICTURE.exists() or made_of_what(PICTURE) != made_of.hexdigest():
        draw(os.environ.get("PICTURE_OF", marking), browser, made_of.hexdigest())
    assert PICTURE.stat().st_size < MOST_BYTES
    assert re.search(r"!\[[^\]]+\]\(docs/page\.png\)", (ROOT / "README.md").read_text())


def made_of_what(picture: Path) -> object:
    with Image.open(picture) as opened:
        return opened.info.get("made-of")


def draw(url: str, browser: Browser, made_of: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    size = {"width": 1180, "height": 960}
    shot = SHOTS / "readme.png"
    with browser.new_context(viewport=size, device_scale_factor=1.5) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="Mixed").click()
        expect(page.locator(".verdict")).to_be_visible()
        page.mouse.move(0, 0)
        page.screenshot(path=shot)
    info = PngImagePlugin.PngInfo()
    info.add_text("made-of", made_of)
    with Image.open(shot) as opened:
        colours = opened.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    colours.save(PICTURE, optimize=True, pnginfo=info)
