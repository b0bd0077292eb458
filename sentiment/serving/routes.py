"""The routes of the HTTP contract, each declared once.

From this table follow the dispatch (`http`), the OpenAPI document (`openapi`), the
table in `docs/serving.md` and BentoML's APIs (`declaration`). To add a route,
add an entry here and its handler to `handlers`, or use a method of `ModelServer`.
"""

from functools import partial

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from sentiment import errors
from sentiment.schema import (
    BatchRequest,
    BatchResult,
    FeedbackReply,
    FeedbackRequest,
    Liveness,
    Prediction,
    PredictRequest,
    Readiness,
    Schema,
    ServedModel,
)
from sentiment.serving import feedback, handlers
from sentiment.serving.examples import examples_of
from sentiment.serving.exposition import OPEN_METRICS, TEXT
from sentiment.serving.model_server import ModelServer
from sentiment.serving.openapi import document
from sentiment.serving.page_routes import PAGE_ROUTES
from sentiment.serving.protocol_routes import protocol_routes
from sentiment.serving.route import Route, TextReply


async def openapi(server: ModelServer) -> Response:
    """Return the OpenAPI document; this handler is here because it needs the table."""
    content = await server.built_once("openapi", partial(_openapi, server))
    return Response(content, media_type="application/json")


def _openapi(server: ModelServer) -> bytes:
    model = server.loaded_model()
    examples = None if model is None else examples_of(model, server.settings.show_texts)
    return bytes(JSONResponse(document(ROUTES, server.settings, examples)).body)


_Errors = tuple[type[errors.SentimentError], ...]

_BODY_ERRORS: _Errors = (
    errors.BadRequest,
    errors.RequestTooSlow,
    errors.BodyTooLarge,
    errors.TextTooLong,
    errors.UnsupportedMediaType,
    errors.UnsupportedEncoding,
    errors.InvalidValue,
    errors.QueueFull,
    errors.SentimentError,
    errors.NotReady,
    errors.DeadlineExceeded,
)
_PREDICTION_ERRORS: _Errors = (*_BODY_ERRORS, errors.EngineFailed)

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/predict",
        ModelServer.predict,
        summary="Classify one text",
        role="predict",
        tag="predictions",
        body=PredictRequest,
        reply=Prediction,
        reply_summary="The prediction",
        errors=_PREDICTION_ERRORS,
    ),
    Route(
        "POST",
        "/predict/batch",
        ModelServer.predict_batch,
        summary="Classify a list of texts; a bad text fails alone",
        role="predict",
        tag="predictions",
        body=BatchRequest,
        reply=BatchResult,
        reply_summary="One result a text, in order",
        errors=_PREDICTION_ERRORS,
    ),
    Route(
        "POST",
        "/feedback",
        handlers.feedback,
        summary="Tell the right label of a text, where feedback is switched on",
        role="predict",
        tag="predictions",
        body=FeedbackRequest,
        read=feedback.read,
        reply=FeedbackReply,
        reply_summary="It is kept",
        status=201,
        errors=(*_BODY_ERRORS, errors.RouteNotFound, errors.FeedbackNotWritten),
    ),
    *protocol_routes(_PREDICTION_ERRORS),
    Route(
        "GET",
        "/model",
        handlers.model,
        summary="The card of the model that answers",
        role="predict",
        tag="model",
        reply=ServedModel,
        reply_summary="The model card",
        errors=(errors.NotReady,),
    ),
    Route(
        "GET",
        "/livez",
        handlers.livez,
        summary="Is the process alive?",
        role="anyone",
        reply=Liveness,
        reply_summary="It is alive",
    ),
    Route(
        "GET",
        "/readyz",
        handlers.readyz,
        summary="Can it answer texts?",
        role="anyone",
        reply=Readiness,
        reply_summary="It is ready",
        errors=(errors.NotReady,),
    ),
    Route(
        "GET",
        "/healthz",
        handlers.readyz,
        summary="The same, under the name that BentoML has for it",
        role="anyone",
        reply=Readiness,
        reply_summary="It is ready",
        errors=(errors.NotReady,),
        published=False,
    ),
    Route(
        "GET",
        "/metrics",
        handlers.metrics,
        summary="Prometheus metrics",
        role="metrics",
        headers=("accept",),
        reply=TextReply(TEXT, "sentiment_texts_total 120.0\n", (OPEN_METRICS,)),
        reply_summary="The metrics",
    ),
    Route(
        "GET",
        "/docs",
        handlers.docs,
        summary="This document, to read and try out",
        role="anyone",
        reply=TextReply("text/html", "<!doctype html>…"),
        reply_summary="A page",
    ),
    *(
        Route(
            "GET",
            path,
            openapi,
            summary="The OpenAPI document",
            role="anyone",
            reply=TextReply("application/json", "{}"),
            reply_summary="The document",
            published=False,
        )
        for path in ("/openapi.json", "/docs.json")  # the second is where BentoML has its own
    ),
    Route(
        "GET",
        "/favicon.ico",
        handlers.icon,
        summary="The icon of all pages",
        role="anyone",
        reply=TextReply("image/svg+xml", "<svg/>"),
        reply_summary="An icon",
        published=False,
    ),
    *PAGE_ROUTES,
)


def routes_table() -> str:
    """Return the Markdown table of the routes that the documentation shows."""
    rows = [
        f"| `{route.method} {route.path}` | {route.summary} | {_fields(route.body)} | "
        f"{_answer(route.reply)} | {', '.join(map(str, _statuses(route))) or '-'} |"
        for route in ROUTES
        if route.published
    ]
    head = ["| route | what it does | body | answer | errors |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _fields(schema: type[Schema] | None) -> str:
    return "-" if schema is None else ", ".join(f"`{name}`" for name in schema.model_fields)


def _answer(reply: type[BaseModel] | TextReply) -> str:
    return f"`{reply.media_type}`" if isinstance(reply, TextReply) else f"`{reply.__name__}`"


def _statuses(route: Route) -> list[int]:
    return sorted({error.http_status for error in route.errors})
