"""The headers of pages that others send: BentoML's, and those with a policy of their own."""

import httpx
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from sentiment.serving.access.browsers import POLICY, policy, with_html_headers


async def headers_of(answer: Response) -> httpx.Headers:
    """Return the headers of an answer on its way through ours."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, with_html_headers(send))

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        return (await client.get("/")).headers


async def test_a_page_without_a_policy_gets_one_that_runs_no_script_inside_it() -> None:
    headers = await headers_of(HTMLResponse("<p>"))
    assert headers[POLICY] == policy()
    assert "script-src 'self';" in headers[POLICY]


async def test_a_page_with_a_policy_of_its_own_keeps_it() -> None:
    headers = await headers_of(HTMLResponse("<p>", headers={POLICY: "default-src 'self'"}))
    assert headers.get_list(POLICY) == ["default-src 'self'"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_what_is_no_page_is_left_as_it_is() -> None:
    assert POLICY not in await headers_of(Response("a", media_type="text/plain"))
    assert POLICY not in await headers_of(Response("a"))
