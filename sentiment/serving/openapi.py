"""The OpenAPI document of the contract: every route, every status, with examples.

Built from the schemas and errors themselves, so that it cannot tell another
story; the tests hold real answers against it.
"""

from typing import Any

from sentiment import __version__, errors
from sentiment.schema import BatchResult, ErrorBody, ErrorDetail, Prediction, ServedModel
from sentiment.settings import ServingSettings

_REFERENCE = "#/components/schemas/{model}"

_PREDICTION = {
    "label": "negative",
    "confidence": 0.94,
    "probabilities": {"negative": 0.94, "positive": 0.06},
    "truncated": False,
    "tokens": 9,
    "model": "sentiment:abc123",
}

_SERVED_MODEL: dict[str, Any] = {
    "tag": "sentiment:abc123",
    "engine": {
        "backend": "openvino",
        "device": "cpu",
        "precision": "int8",
        "float": "bf16",
        "threads": 2,
        "streams": 2,
    },
    "card": {
        "recipe": "quick",
        "base_model": "packaged",
        "labels": ["negative", "positive"],
        "truncation": {"max_length": 192, "policy": "head+tail"},
        "data": {
            "source": "packaged",
            "fingerprint": "7daf4d899a77",
            "sizes": {"train": 2400},
            "class_counts": {"train": {"negative": 1200, "positive": 1200}},
            "dropped_empty": 0,
            "dropped_duplicates": 30,
        },
        "settings": {"epochs": 1, "learning_rate": 0.0003},
        "epochs": [
            {
                "epoch": 1,
                "train_loss": 0.43,
                "validation_loss": 0.32,
                "validation_accuracy": 0.87,
            }
        ],
        "best_epoch": 1,
        "calibration": {
            "temperature": 0.98,
            "log_loss_before": 0.32,
            "log_loss_after": 0.32,
            "expected_calibration_error_before": 0.04,
            "expected_calibration_error_after": 0.04,
        },
        "precision": "fp32",
        "hardware": "2 x AMD EPYC cores",
        "duration_s": 311.0,
        "versions": {"python": "3.11.9"},
        "git_commit": "3adbf53",
        "created": "2025-01-01T00:00:00Z",
    },
}

_BODY_ERRORS: tuple[type[errors.SentimentError], ...] = (
    errors.BadRequest,
    errors.BodyTooLarge,
    errors.TextTooLong,
    errors.UnsupportedMediaType,
    errors.InvalidValue,
    errors.QueueFull,
    errors.SentimentError,
    errors.EngineFailed,
    errors.NotReady,
    errors.DeadlineExceeded,
)

DOCS_PAGE = """<!doctype html>
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
<script>
SwaggerUIBundle({url: "openapi.json", dom_id: "#api", deepLinking: true, tryItOutEnabled: true})
</script>
</body>
</html>
"""


def document(settings: ServingSettings) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; limits are those of `settings`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sentiment",
            "version": __version__,
            "description": "Calibrated text classification with adaptive batching. "
            "Every error has one shape: see ErrorBody.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "tags": [{"name": "predictions"}, {"name": "model"}, {"name": "operations"}],
        "paths": _predictions(settings) | _questions(),
        "components": {"schemas": _schemas()},
    }


def _predictions(settings: ServingSettings) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": settings.max_characters}
    texts = {"type": "array", "minItems": 1, "maxItems": settings.max_texts, "items": text}
    return {
        "/predict": {
            "post": {
                "tags": ["predictions"],
                "operationId": "predict",
                "summary": "Classify one text",
                "requestBody": _body("text", text, "A waste of two hours."),
                "responses": {
                    "200": _answer("The prediction", "Prediction", _PREDICTION),
                    **_failures(_BODY_ERRORS),
                },
            }
        },
        "/predict/batch": {
            "post": {
                "tags": ["predictions"],
                "operationId": "predict_batch",
                "summary": "Classify a list of texts; a bad text fails alone",
                "requestBody": _body("texts", texts, ["A waste of two hours.", " "]),
                "responses": {
                    "200": _answer(
                        "One result a text, in order",
                        "BatchResult",
                        {"results": [_PREDICTION, _example(errors.InvalidValue)]},
                    ),
                    **_failures(_BODY_ERRORS),
                },
            }
        },
    }


def _questions() -> dict[str, Any]:
    not_ready = _failures((errors.NotReady,))
    served = ServedModel.model_validate(_SERVED_MODEL).model_dump(mode="json")
    return {
        "/model": _get(
            "model",
            "model",
            "The card of the model that answers",
            {"200": _answer("The model card", "ServedModel", served), **not_ready},
        ),
        "/livez": _get("operations", "livez", "Is the process alive?", {"200": _status("alive")}),
        "/readyz": _get(
            "operations",
            "readyz",
            "Can it answer texts?",
            {"200": _status("ready"), **not_ready},
        ),
        "/metrics": _get(
            "operations",
            "metrics",
            "Prometheus metrics",
            {"200": _text("The metrics", "text/plain", "sentiment_texts_total 120.0\n")},
        ),
        "/docs": _get(
            "operations",
            "docs",
            "This document, to read and try out",
            {"200": _text("A page", "text/html", DOCS_PAGE)},
        ),
    }


def _get(tag: str, name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"tags": [tag], "operationId": name, "summary": summary, "responses": responses}}


def _body(field: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": [field],
                    "properties": {field: schema},
                    "additionalProperties": False,
                },
                "example": {field: example},
            }
        },
    }


def _answer(words: str, model: str, example: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REFERENCE.format(model=model)}}
    if example is not None:
        content["example"] = example
    return {"description": words, "content": {"application/json": content}}


def _text(words: str, media_type: str, example: str) -> dict[str, Any]:
    content = {"schema": {"type": "string"}, "example": example}
    return {"description": words, "content": {media_type: content}}


def _status(word: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"const": word}},
    }
    content = {"schema": schema, "example": {"status": word}}
    return {"description": word, "content": {"application/json": content}}


def _failures(kinds: tuple[type[errors.SentimentError], ...]) -> dict[str, Any]:
    """Return one response a status, with an example of each error that answers with it."""
    responses: dict[str, Any] = {}
    for kind in kinds:
        status = str(kind.http_status)
        words = (kind.__doc__ or "").splitlines()[0]
        response = responses.setdefault(status, _answer(words, "ErrorBody"))
        examples = response["content"]["application/json"].setdefault("examples", {})
        examples[kind.code] = {"summary": words, "value": _example(kind)}
        if kind in (errors.QueueFull, errors.NotReady):
            response["headers"] = {
                "Retry-After": {
                    "description": "seconds to wait",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
    return responses


def _example(kind: type[errors.SentimentError]) -> dict[str, Any]:
    words = (kind.__doc__ or "").splitlines()[0]
    return {"error": {"code": kind.code, "message": words, "details": []}}


def _schemas() -> dict[str, Any]:
    from pydantic.json_schema import models_json_schema

    models = (Prediction, BatchResult, ErrorBody, ErrorDetail, ServedModel)
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template=_REFERENCE
    )
    return dict(definitions["$defs"])
