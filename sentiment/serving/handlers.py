"""The handlers of the routes that return no prediction.

A handler takes the model server and returns a schema, which is sent as JSON, or a
Starlette response. Paths and errors are declared in `routes`.
"""

import asyncio

from starlette.responses import HTMLResponse, Response

from sentiment.schema import FeedbackReply, FeedbackRequest, Liveness, Readiness, ServedModel
from sentiment.serving.access.browsers import POLICY, policy
from sentiment.serving.feedback import record_of
from sentiment.serving.model_server import ModelServer

# BentoML serves the files of Swagger UI.
_DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sentiment: the API</title>
<link rel="stylesheet" href="static_content/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="static_content/swagger-ui-bundle.js"></script>
<script>{script}</script>
</body>
</html>
"""

# By itself Swagger UI sends the document to a validator on the internet.
_DOCS_SCRIPT = """
SwaggerUIBundle({url: "openapi.json", dom_id: "#api", deepLinking: true, tryItOutEnabled: true,
                 validatorUrl: null})
"""

_ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#1f6feb"/>
<path d="M8 18a8 8 0 0 0 16 0" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
<circle cx="11" cy="12" r="2" fill="#fff"/><circle cx="21" cy="12" r="2" fill="#fff"/>
</svg>
"""


async def model(server: ModelServer) -> ServedModel:
    """Return the model card and the engine in use."""
    return server.describe()


async def feedback(server: ModelServer, request: FeedbackRequest) -> FeedbackReply:
    """Keep a text with its right label; raise the error that its caller should see."""
    server.feedback.require()
    record = record_of(request, server.describe())
    await server.check(request.text)
    await server.feedback.keep(record)
    server.metrics.corrected(request.label)
    return FeedbackReply()


async def livez(_: ModelServer) -> Liveness:
    """Report that the process is alive."""
    return Liveness()


async def readyz(server: ModelServer) -> Readiness:
    """Report that texts can be answered; raise `NotReady` if they cannot."""
    server.require_ready()
    return Readiness()


async def metrics(server: ModelServer, accept: str) -> Response:
    """Return the metrics in the format that the scraper accepts."""
    content, media_type = await asyncio.to_thread(server.metrics.exposition, accept)
    return Response(content, headers={"Content-Type": media_type, "Vary": "Accept"})


async def docs(_: ModelServer) -> Response:
    """Return the page of the interactive documentation."""
    page = _DOCS_PAGE.replace("{script}", _DOCS_SCRIPT)
    return HTMLResponse(page, headers={POLICY: policy(_DOCS_SCRIPT)})


async def icon(_: ModelServer) -> Response:
    """Return the icon that browsers request with any page."""
    return Response(_ICON, media_type="image/svg+xml")
