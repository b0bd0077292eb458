"""The routes that speak other protocols, for `routes`."""

from sentiment import errors
from sentiment.serving import protocol_handlers as handlers
from sentiment.serving.protocols import huggingface, open_inference, vllm
from sentiment.serving.route import Route

_Errors = tuple[type[errors.SentimentError], ...]


def protocol_routes(prediction_errors: _Errors) -> tuple[Route, ...]:
    """Return the routes; those that classify texts may answer with `prediction_errors`."""
    return (
        Route(
            "POST",
            "/",
            handlers.text_classification,
            summary="Classify texts, as Hugging Face's InferenceClient asks",
            role="predict",
            tag="other protocols",
            body=huggingface.TextClassification,
            read=huggingface.read,
            reply=huggingface.Scores,
            reply_summary="The labels of each text",
            errors=prediction_errors,
            errors_as=huggingface.ERRORS,
        ),
        Route(
            "POST",
            "/classify",
            handlers.classify,
            summary="Classify texts, as vLLM does",
            role="predict",
            tag="other protocols",
            body=vllm.ClassifyRequest,
            read=vllm.read,
            reply=vllm.ClassifyReply,
            reply_summary="One classification a text, in order",
            errors=(*prediction_errors, errors.UnknownModel),
            errors_as=vllm.ERRORS,
        ),
        Route(
            "GET",
            "/v1/models",
            handlers.models,
            summary="The served model, as vLLM lists it",
            role="predict",
            tag="other protocols",
            reply=vllm.Models,
            reply_summary="The list",
            errors=(errors.NotReady,),
            errors_as=vllm.ERRORS,
        ),
        *_open_inference_server(),
        *(
            route
            for version in ("", "/versions/{version}")
            for route in _open_inference_model(f"/v2/models/{{model}}{version}", prediction_errors)
        ),
    )


def _open_inference_server() -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            "/v2",
            handlers.server_metadata,
            summary="The server, in the Open Inference Protocol",
            role="predict",
            tag="other protocols",
            reply=open_inference.ServerMetadata,
            reply_summary="What it is",
            errors_as=open_inference.ERRORS,
        ),
        Route(
            "GET",
            "/v2/health/live",
            handlers.server_live,
            summary="Is the process alive?",
            role="anyone",
            tag="other protocols",
            reply=open_inference.ServerLive,
            reply_summary="It is alive",
            errors_as=open_inference.ERRORS,
        ),
        Route(
            "GET",
            "/v2/health/ready",
            handlers.server_ready,
            summary="Can it answer texts?",
            role="anyone",
            tag="other protocols",
            reply=open_inference.ServerReady,
            reply_summary="It is ready",
            errors=(errors.NotReady,),
            errors_as=open_inference.ERRORS,
        ),
    )


def _open_inference_model(path: str, prediction_errors: _Errors) -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            path,
            handlers.model_metadata,
            summary="The model, in the Open Inference Protocol",
            role="predict",
            tag="other protocols",
            reply=open_inference.ModelMetadata,
            reply_summary="What it is",
            errors=(errors.NotReady, errors.UnknownModel),
            errors_as=open_inference.ERRORS,
        ),
        Route(
            "GET",
            f"{path}/ready",
            handlers.model_ready,
            summary="Can the model answer texts?",
            role="anyone",
            tag="other protocols",
            reply=open_inference.ModelReady,
            reply_summary="It is ready",
            errors=(errors.NotReady, errors.UnknownModel),
            errors_as=open_inference.ERRORS,
        ),
        Route(
            "POST",
            f"{path}/infer",
            handlers.infer,
            summary="Classify texts, in the Open Inference Protocol",
            role="predict",
            tag="other protocols",
            body=open_inference.InferRequest,
            read=open_inference.read,
            media_types=("", open_inference.BINARY),
            binary=True,
            reply=open_inference.InferReply,
            reply_summary="The outputs",
            errors=(*prediction_errors, errors.UnknownModel),
            errors_as=open_inference.ERRORS,
        ),
    )
