"""The handlers of the routes that speak other protocols.

The words are those of `protocols`; the model server answers the texts as it does ours.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from sentiment import __version__
from sentiment.serving.model_server import ModelServer
from sentiment.serving.protocols import huggingface, open_inference, served_name, vllm
from sentiment.settings import MODEL_NAME


async def text_classification(
    server: ModelServer, request: huggingface.TextClassification
) -> huggingface.Scores:
    """Classify texts for Hugging Face's client."""
    predictions = await server.predict_all(huggingface.texts_of(request))
    return huggingface.reply(request, predictions)


async def classify(server: ModelServer, request: vllm.ClassifyRequest) -> vllm.ClassifyReply:
    """Classify texts as vLLM does."""
    if request.model is not None:
        _require_model(server, request.model)
    return vllm.reply(request, await server.predict_all(vllm.texts_of(request)))


async def models(server: ModelServer) -> vllm.Models:
    """Return the list of the one served model."""
    served = server.describe()
    return vllm.models(served.tag, int(datetime.fromisoformat(served.card.created).timestamp()))


async def server_metadata(_: ModelServer) -> open_inference.ServerMetadata:
    """Return what this server is."""
    return open_inference.ServerMetadata(
        name=MODEL_NAME, version=__version__, extensions=["binary_tensor_data"]
    )


async def server_live(_: ModelServer) -> open_inference.ServerLive:
    """Report that the process is alive."""
    return open_inference.ServerLive()


async def server_ready(server: ModelServer) -> open_inference.ServerReady:
    """Report that texts can be answered; raise `NotReady` if they cannot."""
    server.require_ready()
    return open_inference.ServerReady()


async def model_metadata(
    server: ModelServer, model: str, version: str = ""
) -> open_inference.ModelMetadata:
    """Return what the served model is."""
    served = server.describe()
    served_name.require(served.tag, model, version)
    return open_inference.metadata(served.tag, served.engine.backend, served.card.labels)


async def model_ready(
    server: ModelServer, model: str, version: str = ""
) -> open_inference.ModelReady:
    """Report that the model can answer texts; raise `NotReady` if it cannot."""
    served_name.require(server.describe().tag, model, version)
    return open_inference.ModelReady(name=model)


async def infer(
    server: ModelServer,
    request: open_inference.InferRequest,
    texts: Sequence[Any],
    model: str,
    version: str = "",
) -> Response:
    """Classify texts for clients of KServe and Triton."""
    _require_model(server, model, version)
    answer, tail = open_inference.reply(request, await server.predict_all(texts))
    content = answer.model_dump_json(exclude_none=True).encode()
    if not tail:
        return Response(content, media_type="application/json")
    headers = {open_inference.HEADER_LENGTH: str(len(content))}
    return Response(content + tail, media_type=open_inference.BINARY, headers=headers)


def _require_model(server: ModelServer, name: str, version: str = "") -> None:
    """Raise `UnknownModel` for another model than the served one, if that is loaded yet."""
    model = server.loaded_model()
    if model is not None:
        served_name.require(model.tag, name, version)
