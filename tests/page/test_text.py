"""One text: type it and see the answer, explained where the server explains; errors in words."""

import json
import re
import shlex
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.page.conftest import Open, Serve
from tests.page.words import BLAME, VOCABULARY, WordEngine
from tests.page.words import PRAISE as PRAISED
from tests.support.runners import Gate

pytestmark = pytest.mark.chromium

PRAISE = "A wonderful film, and funny."
NESTED = "<img src=x onerror=alert(1)> <b>good</b> <script>alert(1)</script>"


def ask(page: Page, text: str) -> None:
    page.get_by_label("Your text").fill(text)
    page.get_by_role("button", name="Classify").click()


def answer(page: Page) -> Any:
    return page.get_by_role("region", name="Answer")


def test_what_is_typed_is_answered_without_a_click(url: str, visit: Open) -> None:
    page = visit(url)
    page.get_by_label("Your text").press_sequentially(PRAISE)
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    expected = httpx.post(f"{url}/predict", json={"text": PRAISE}).json()
    shares = [
        f"{100 * expected['probabilities'][label]:.1f} %" for label in ("negative", "positive")
    ]
    rows = answer(page).get_by_role("list", name="Probabilities").get_by_role("listitem")
    expect(rows).to_contain_text([f"negative{shares[0]}", f"positive{shares[1]}"])
    expect(answer(page)).to_contain_text("sentiment:words")
    expect(answer(page).get_by_role("status").first).to_have_text(
        f"positive, confidence {shares[1]}"
    )


def test_an_example_is_answered_at_a_click(url: str, visit: Open) -> None:
    page = visit(url)
    page.get_by_role("button", name="Plain anger").click()
    expect(answer(page).get_by_role("heading", name="Negative")).to_be_visible()


def test_a_cut_is_told_with_its_numbers(url: str, visit: Open) -> None:
    page = visit(url)
    page.get_by_role("button", name="A long one").click()
    expect(answer(page)).to_contain_text("it has read 64 of its")
    expect(answer(page)).to_contain_text("the middle was cut out")


def test_words_that_the_model_does_not_know_are_told(url: str, visit: Open) -> None:
    page = visit(url)
    ask(page, "good zzz qqq")
    expect(answer(page)).to_contain_text("does not know 2 of the 5 tokens")


def test_the_command_that_is_shown_gets_the_answer_that_is_shown(url: str, visit: Open) -> None:
    page = visit(url)
    text = 'It\'s a "good" film,\nand $HOME `is` funny \\ wonderful'
    ask(page, text)
    page.get_by_text("The same with curl").click()
    command = page.locator("#curl").inner_text()
    words = shlex.split(command)
    assert words[:2] == ["curl", f"{url}/predict"]
    assert json.loads(words[words.index("-d") + 1])["text"] == text


def test_text_that_looks_like_html_is_shown_as_text(
    url: str, visit: Open, context: BrowserContext
) -> None:
    page = visit(url)
    explain(context)
    page.reload()
    ask(page, NESTED)
    expect(answer(page).locator(".reading")).to_have_text(NESTED)
    assert page.locator(".result img, .result b:has(script), .result script").count() == 0


@pytest.mark.parametrize("scripts", ["<b>bold</b>", "<img src=x onerror=alert(1)>"])
def test_a_label_that_looks_like_html_is_shown_as_text(
    url: str, visit: Open, context: BrowserContext, scripts: str
) -> None:
    """Labels come from a stored model, which may be another's."""

    def relabel(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(
            response=reply, json=reply.json() | {"label": scripts, "probabilities": {scripts: 0.9}}
        )

    context.route("**/predict", relabel)
    page = visit(url)
    ask(page, PRAISE)
    expect(answer(page).get_by_role("heading", name=scripts)).to_be_visible()


# --- what a server may offer ----------------------------------------------


def explain(context: BrowserContext, method: str = "leave-one-out") -> None:
    """Stand in for a server that explains its answers; the rest is the real one's."""

    def describe(route: Route) -> None:
        reply = route.fetch()
        document = reply.json()
        body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
        body["schema"]["properties"] |= {
            "explain": {"type": "boolean"},
            "sentences": {"type": "boolean"},
            "warnings": {"type": "boolean"},
        }
        route.fulfill(response=reply, json=document)

    def predict(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        assert [body.pop(wish) for wish in ("explain", "sentences", "warnings")] == [True] * 3
        text = body["text"]
        reply = route.fetch(post_data=json.dumps(body))
        more = {
            "uncertain": True,
            "mixed": True,
            "warnings": ["short", "something_new"],
            "sentences": [span(text, part) | said_of(part) for part in sentences_of(text)],
            "explanation": {
                "method": method,
                "words_each": 1,
                "words": effects_of(text, reply.json()["label"]),
                "sentences": [],
            },
        }
        route.fulfill(response=reply, json=reply.json() | more)

    context.route("**/openapi.json", describe)
    context.route("**/predict", predict)


def span(text: str, part: str) -> dict[str, Any]:
    return {"offset": text.index(part), "length": len(part)}


def sentences_of(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


def side(part: str) -> int:
    """Say 1 for praise, -1 for blame, as the engine of words would."""
    words = re.findall(r"\w+", part.lower())
    return 1 if sum((word in PRAISED) - (word in BLAME) for word in words) > 0 else -1


def said_of(part: str) -> dict[str, Any]:
    label, other = ("positive", "negative") if side(part) > 0 else ("negative", "positive")
    return {"label": label, "confidence": 0.8, "probabilities": {label: 0.8, other: 0.2}}


def effects_of(text: str, label: str) -> list[dict[str, Any]]:
    sign = 1 if label == "positive" else -1
    words = re.finditer(r"\S+", text)
    return [
        {
            "offset": match.start(),
            "length": len(match[0]),
            "contribution": sign * (0.31 if word in PRAISED else -0.12 if word in BLAME else 0.001),
        }
        for match in words
        if (word := re.sub(r"<.*?>|\W", "", match[0]).lower())
    ]


def test_what_contributed_is_shaded_where_the_server_explains(
    url: str, visit: Open, context: BrowserContext
) -> None:
    """The emoji in front is one character there and two in JavaScript."""
    explain(context)
    page = visit(url)
    ask(page, "\U0001f600 A wonderful, superb film. The end is dull")
    expect(answer(page).locator("mark.for.level-4").first).to_have_text("wonderful,")
    expect(answer(page).locator("mark.against.level-2").first).to_have_text("dull")
    expect(answer(page).get_by_role("list", name="Words that mattered most")).to_have_text(
        "wonderful, +31.0 pointssuperb +31.0 pointsdull −12.0 points"  # noqa: RUF001 -- a minus, as figures have it
    )
    expect(answer(page).get_by_role("listitem").filter(has_text="The end is dull")).to_contain_text(
        "negative 80.0 %"
    )
    for said in ("marked as uncertain", "sentences disagree", "much shorter than", "Something new"):
        expect(answer(page)).to_contain_text(said)


def test_weights_of_ngrams_are_told_as_log_odds(
    url: str, visit: Open, context: BrowserContext
) -> None:
    explain(context, "ngrams")
    page = visit(url)
    ask(page, PRAISE)
    named = answer(page).get_by_role("list", name="Words that mattered most")
    expect(named).to_contain_text("wonderful +0.31 log odds")


def test_nothing_is_asked_for_that_the_server_does_not_offer(
    url: str, visit: Open, context: BrowserContext
) -> None:
    def describe(route: Route) -> None:
        reply = route.fetch()
        document = reply.json()
        body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
        fields = body["schema"]["properties"]
        body["schema"]["properties"] = {"text": fields["text"]}
        route.fulfill(response=reply, json=document)

    context.route("**/openapi.json", describe)
    page = visit(url)
    with page.expect_request("**/predict") as asked:
        ask(page, PRAISE)
    assert json.loads(asked.value.post_data or "") == {"text": PRAISE}


# --- errors ---------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(serve: Serve) -> str:
    """A server with small limits, and an engine that fails on one word."""
    engine = WordEngine(poison=VOCABULARY.index("mess"))
    return serve(engine, max_characters=200, max_body_bytes=400, max_bytes_in_flight=4000)[0]


@pytest.mark.parametrize(
    ("text", "title", "said"),
    [
        ("good " * 50, "This text is too long", "250 characters"),
        ("\u00e9 " * 199, "This is more than the server takes at once", "400"),
        ("\u2d30\u2d31", "The model cannot read this text", "vocabulary"),
        ("a mess", "The model failed on this text", ""),
    ],
)
def test_a_refusal_is_told_in_words(
    strict: str, visit: Open, text: str, title: str, said: str
) -> None:
    page = visit(strict)
    ask(page, text)
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text(title)
    expect(page.get_by_role("alert")).to_contain_text(said)


def test_a_late_answer_is_told_and_asked_for_again(serve: Serve, visit: Open) -> None:
    engine, gate = WordEngine(), Gate()
    page = visit(serve(engine, timeout=1)[0])
    engine.before = gate
    ask(page, PRAISE)
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text(
        "The answer took too long"
    )
    gate.open()
    page.get_by_role("button", name="Try again").click()
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()


def test_a_busy_server_is_asked_again_when_it_says(
    url: str, visit: Open, context: BrowserContext
) -> None:
    refusals = busy_for(context, "**/predict", times=1)
    page = visit(url)
    ask(page, PRAISE)
    expect(answer(page)).to_contain_text("The server is busy. Trying again in 1 s.")
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    assert len(refusals) == 2


def busy_for(context: BrowserContext, pattern: str, times: int) -> list[str]:
    """Refuse the first requests as a full queue does; return the list of what was asked."""
    asked: list[str] = []
    error = {"code": "overloaded", "message": "The queue is full.", "details": []}

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > times:
            route.continue_()
        else:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": error})

    context.route(pattern, refuse)
    return asked


def test_a_server_that_cannot_be_reached_is_told(
    url: str, visit: Open, context: BrowserContext
) -> None:
    page = visit(url)
    expect(page.locator("#state")).to_have_text("sentiment:words")
    context.set_offline(True)
    ask(page, PRAISE)
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text(
        "The server cannot be reached"
    )


def test_an_answer_that_is_not_the_servers_is_told(
    url: str, visit: Open, context: BrowserContext
) -> None:
    context.route(
        "**/predict", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>")
    )
    page = visit(url)
    ask(page, PRAISE)
    expect(page.get_by_role("alert")).to_contain_text("answered in its place")
    expect(page.get_by_role("alert")).to_contain_text("502")


def test_a_server_that_starts_is_waited_for(serve: Serve, visit: Open) -> None:
    gate = Gate()
    _, ready = serve()

    def load() -> Any:
        gate(None)
        return ready.load()

    page = visit(serve(load=load)[0])
    expect(page.locator("#state")).to_have_text("the server is not ready")
    gate.open()
    expect(page.locator("#state")).to_have_text("sentiment:words")


# --- keys -----------------------------------------------------------------


def locked(context: BrowserContext, key: str) -> None:
    """Stand in for a server that answers nobody without the key; the rest is the real one's."""
    error = {"code": "unauthorized", "message": "A key is required.", "details": []}

    def check(route: Route) -> None:
        if route.request.headers.get("authorization") == f"Bearer {key}":
            route.continue_()
        else:
            route.fulfill(status=401, json={"error": error})

    for path in ("predict", "predict/batch", "model"):
        context.route(f"**/{path}", check)


def test_a_key_is_asked_for_and_kept_in_memory_only(
    url: str, visit: Open, context: BrowserContext
) -> None:
    locked(context, "secret-key")
    page = visit(url)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This server asks for a key")
    dialog.get_by_label("Key").fill("wrong")
    dialog.get_by_label("Key").press("Enter")
    expect(dialog).to_contain_text("That key was refused")
    dialog.get_by_label("Key").fill("secret-key")
    dialog.get_by_role("button", name="Use this key").click()
    expect(page.locator("#state")).to_have_text("sentiment:words")
    ask(page, PRAISE)
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    page.get_by_text("The same with curl").click()
    expect(page.locator("#curl")).to_contain_text('"Authorization: Bearer $SENTIMENT_KEY"')
    assert "secret-key" not in page.content()
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert "secret-key" not in kept
    page.reload()
    expect(dialog).to_contain_text("This server asks for a key")


def test_without_a_key_the_refusal_is_told(url: str, visit: Open, context: BrowserContext) -> None:
    locked(context, "secret-key")
    page = visit(url)
    page.get_by_role("dialog").get_by_role("button", name="Not now").click()
    expect(page.locator("#state")).to_have_text("the server asks for a key")
    ask(page, PRAISE)
    page.get_by_role("dialog").press("Escape")
    expect(answer(page).get_by_role("alert")).to_contain_text("A key is required.")


def test_a_key_that_no_header_can_hold_is_told_in_words(
    url: str, visit: Open, context: BrowserContext
) -> None:
    locked(context, "secret-key")
    page = visit(url)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("cl\u00e9 \u043a\u043b\u044e\u0447")
    dialog.get_by_label("Key").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("No key has such characters")
    dialog.get_by_label("Key").fill("")
    dialog.get_by_label("Key").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing is there yet")
    dialog.get_by_label("Key").fill("secret-key")
    dialog.get_by_label("Key").press("Enter")
    expect(page.locator("#state")).to_have_text("sentiment:words")


def test_a_key_that_is_given_late_opens_the_model_too(
    url: str, visit: Open, context: BrowserContext
) -> None:
    locked(context, "secret-key")
    page = visit(url)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Not now").click()
    expect(page.locator("#state")).to_have_text("the server asks for a key")
    ask(page, PRAISE)
    dialog.get_by_label("Key").fill("secret-key")
    dialog.get_by_role("button", name="Use this key").click()
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.locator("#state")).to_have_text("sentiment:words")


@pytest.mark.parametrize(
    ("status", "code", "title"),
    [
        (429, "limit_exceeded", "That is as much as may be asked in a minute"),
        (503, "limits_unavailable", "The server cannot count requests now"),
        (400, "host_refused", "The server is not asked by this name"),
        (403, "role_missing", "This key does not allow that"),
        (431, "headers_too_large", "The server did not understand the request"),
        (418, "something_new", "The server refused this"),
        (507, "something_new", "The server failed"),
    ],
)
def test_every_refusal_has_words(
    url: str, visit: Open, context: BrowserContext, status: int, code: str, title: str
) -> None:
    error = {"code": code, "message": "What the server says.", "details": []}
    wait = {"Retry-After": "1000"}  # longer than the page waits
    context.route(
        "**/predict",
        lambda route: route.fulfill(status=status, headers=wait, json={"error": error}),
    )
    page = visit(url)
    ask(page, PRAISE)
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text(title)
    expect(page.get_by_role("alert")).to_contain_text("What the server says.")


# --- as the server really explains ------------------------------------------


def test_the_server_explains_marks_and_warns_by_itself(serve: Serve, visit: Open) -> None:
    page = visit(serve(max_risk=0.05)[0])
    ask(page, "The film is superb \U0001f44d\U0001f3fd and moving. The end is dull.")
    expect(answer(page).locator(".reading mark.for")).to_have_text(["superb", "moving"])
    expect(answer(page).locator(".reading mark.against")).to_have_text("dull")
    rows = answer(page).locator(".sentence")
    expect(rows).to_contain_text(["positive", "negative"])
    expect(answer(page)).to_contain_text("marked as uncertain")
    ask(page, "the film")
    expect(answer(page)).to_contain_text("No word by itself matters")


def test_a_text_that_comes_before_the_page_knows_the_server_is_explained_too(
    url: str, visit: Open, context: BrowserContext
) -> None:
    late: list[Route] = []
    context.route("**/openapi.json", lambda route: late.append(route), times=1)
    page = visit(url)
    ask(page, "The film is superb.")
    expect(answer(page).locator("[aria-busy=true]")).to_be_attached()
    late.pop().continue_()
    expect(answer(page).locator(".reading mark.for")).to_have_text("superb")


def test_the_model_tells_what_is_marked(serve: Serve, visit: Open) -> None:
    page = visit(serve(max_risk=0.05)[0], "model")
    expect(page.get_by_role("main")).to_contain_text("48.0 %below a confidence of 90.0 %")


def test_a_label_does_not_wait_for_an_explanation_that_is_late(
    url: str, visit: Open, context: BrowserContext
) -> None:
    def refuse(route: Route) -> None:
        if "explain" in json.loads(route.request.post_data or ""):
            route.fulfill(status=429, headers={"Retry-After": "60"}, json={})
        else:
            route.continue_()

    context.route("**/predict", refuse)
    page = visit(url)
    ask(page, PRAISE)
    expect(answer(page).get_by_role("heading", name="Positive")).to_be_visible()
    expect(answer(page)).to_contain_text("too busy to explain this answer")
