"""Examples of other protocols for the OpenAPI document, in the served model's own labels."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from sentiment.schema import Prediction, ServedModel
from sentiment.serving.protocols import huggingface, open_inference, vllm


def examples_of_protocols(
    text: str, prediction: Prediction, served: ServedModel
) -> dict[type[BaseModel], Mapping[str, Any]]:
    """Return examples of requests for a text, and of answers with its prediction."""
    scores = huggingface.reply(huggingface.TextClassification(inputs=text), [prediction])
    classified = vllm.reply(vllm.ClassifyRequest(input=text), [prediction])
    tensor = open_inference.InputTensor(name="text", shape=[1], datatype="BYTES", data=[text])
    request = open_inference.InferRequest(inputs=[tensor])
    inferred, _ = open_inference.reply(request, [prediction])
    metadata = open_inference.metadata(served.tag, served.engine.backend, served.card.labels)
    return {
        huggingface.TextClassification: {"inputs": text},
        huggingface.Scores: {"root": scores.root},
        vllm.ClassifyRequest: {"input": text},
        vllm.ClassifyReply: dict(classified) | {"created": 1764000000, "id": "classify-1"},
        vllm.Model: {"id": served.tag},
        open_inference.InferRequest: {"inputs": request.inputs},
        open_inference.InferReply: dict(inferred),
        open_inference.ModelMetadata: dict(metadata),
        open_inference.ModelReady: {"name": metadata.name},
    }
