"""The Open Inference Protocol, version 2, over REST, as KServe's and Triton's clients speak it.

Sources: https://github.com/kserve/open-inference-protocol and, for tensors as bytes,
https://github.com/triton-inference-server/server (`extension_binary_data.md`).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from sentiment.errors import BadRequest, InvalidValue, SentimentError
from sentiment.schema import Prediction, Schema
from sentiment.serving import json_body
from sentiment.serving.protocols import bytes_tensor, served_name
from sentiment.serving.route import ErrorShape

HEADER_LENGTH = "Inference-Header-Content-Length"
BINARY = "application/octet-stream"

_LONGEST = 1000  # characters of the name of a request
_DIMENSIONS = 8

OutputName = Literal["label", "confidence", "probabilities"]
OUTPUTS: tuple[OutputName, ...] = ("label", "confidence", "probabilities")

Size = Annotated[int, Field(ge=0)]


class InputParameters(Schema):
    """Where the texts of an input are."""

    binary_data_size: Size | None = Field(
        default=None, description="bytes of the texts after the JSON; each has its length before it"
    )
    content_type: Literal["str"] | None = Field(default=None, description="has no effect")


class InputTensor(Schema):
    """The texts to classify."""

    name: Literal["text"] = Field(examples=["text"])
    shape: list[Size] = Field(
        max_length=_DIMENSIONS, description="its product is the number of texts", examples=[[1]]
    )
    datatype: Literal["BYTES"] = Field(examples=["BYTES"])
    parameters: InputParameters | None = None
    data: list[Any] | None = Field(
        default=None, description="texts, in lists or not", examples=[["A waste of two hours."]]
    )


class OutputParameters(Schema):
    """How an output is to be answered."""

    binary_data: bool | None = Field(default=None, description="whether as bytes after the JSON")


class RequestedOutput(Schema):
    """An output that is to be answered."""

    name: OutputName = Field(examples=["label"])
    parameters: OutputParameters | None = None


class InferRequest(Schema):
    """The body of a request to classify texts."""

    id: str | None = Field(
        default=None, max_length=_LONGEST, description="comes back in the answer"
    )
    parameters: dict[str, Any] | None = Field(
        default=None,
        description="`binary_data_output`: all outputs as bytes; others have no effect",
    )
    model_name: str | None = Field(
        default=None,
        max_length=_LONGEST,
        description="as KServe's client sends it; has no effect, because the path names the model",
    )
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[RequestedOutput] | None = Field(
        default=None,
        max_length=len(OUTPUTS),  # each is an answer of its own to all texts
        description="all, unless given",
    )


class OutputTensor(Schema):
    """One value for each text, or a row of them."""

    name: OutputName = Field(examples=["label"])
    datatype: Literal["BYTES", "FP64"] = Field(examples=["BYTES"])
    shape: list[Size] = Field(examples=[[1]])
    parameters: dict[str, int] | None = None
    data: list[Any] | None = Field(
        default=None,
        description="row by row; not there if it follows as bytes",
        examples=[["negative"]],
    )


class InferReply(Schema):
    """The answer to a request to classify texts."""

    model_name: str = Field(examples=["sentiment"])
    model_version: str = Field(examples=["abc123"])
    id: str | None = Field(default=None, description="that of the request")
    outputs: list[OutputTensor]


class TensorMetadata(Schema):
    """What a tensor is; -1 stands for the number of texts."""

    name: str = Field(examples=["text"])
    datatype: str = Field(examples=["BYTES"])
    shape: list[int] = Field(examples=[[-1]])


class ModelParameters(Schema):
    """What the protocol has no word for."""

    labels: list[str] = Field(
        description="labels in the order of `probabilities`", examples=[["negative", "positive"]]
    )


class ModelMetadata(Schema):
    """The answer of `GET /v2/models/{model}`."""

    name: str = Field(examples=["sentiment"])
    versions: list[str] = Field(examples=[["abc123"]])
    platform: str = Field(examples=["sentiment_openvino"])
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    parameters: ModelParameters


class ServerMetadata(Schema):
    """The answer of `GET /v2`."""

    name: str = Field(examples=["sentiment"])
    version: str = Field(examples=["1.0.0"])
    extensions: list[str] = Field(examples=[["binary_tensor_data"]])


class ServerLive(Schema):
    """The answer of `GET /v2/health/live`."""

    live: Literal[True] = True


class ServerReady(Schema):
    """The answer of `GET /v2/health/ready` once texts can be answered."""

    ready: Literal[True] = True


class ModelReady(Schema):
    """The answer of `GET /v2/models/{model}/ready` once texts can be answered."""

    name: str = Field(examples=["sentiment"])
    ready: Literal[True] = True


class InferFailure(Schema):
    """An error in this protocol."""

    error: str = Field(description="what was wrong, and what to do")


def _failure(error: SentimentError) -> dict[str, Any]:
    return {"error": str(error)}


ERRORS = ErrorShape(InferFailure, _failure, prefix="/v2")


def read(body: bytearray, headers: Mapping[str, str], texts: int) -> dict[str, Any]:
    """Return the request that a body holds, and its texts, of which none has been checked.

    Raises `BadRequest` and `InvalidValue`.
    """
    size = _json_bytes(headers.get(HEADER_LENGTH, ""), len(body))
    request = json_body.read(body[:size], InferRequest, texts)
    (tensor,) = request.inputs
    found = _texts(tensor, bytes(body[size:]), texts)
    if math.prod(tensor.shape) != len(found):
        raise InvalidValue(
            f"The shape is one of {math.prod(tensor.shape):,} texts; there are {len(found):,}.",
            "Send the shape that they have.",
        )
    return {"request": request, "texts": found}


def _json_bytes(declared: str, size: int) -> int:
    """Return how many of the bytes of a body are JSON."""
    if not declared:
        return size
    # int() refuses thousands of digits.
    length = int(declared) if declared.isdecimal() and len(declared) < _DIGITS else size + 1
    if length > size:
        raise BadRequest(
            f"{HEADER_LENGTH} is no number of bytes that the body has.",
            "Send the size of the JSON before the bytes.",
        )
    return length


_DIGITS = 20


def _texts(tensor: InputTensor, raw: bytes, most: int) -> list[Any]:
    declared = None if tensor.parameters is None else tensor.parameters.binary_data_size
    if (declared or 0) != len(raw):
        raise InvalidValue(
            f"binary_data_size is {declared or 0:,}; {len(raw):,} bytes follow the JSON.",
            f"Send both right, and {HEADER_LENGTH}.",
        )
    if declared is not None and tensor.data is None:
        return bytes_tensor.decoded(raw, most)
    if declared is not None or tensor.data is None:
        raise InvalidValue("An input has its texts in data, or as bytes.", "Send one of both.")
    return _flat(tensor.data)


def _flat(data: list[Any]) -> list[Any]:
    """Return the values of nested lists, row by row."""
    while data and all(isinstance(each, list) for each in data):
        data = [value for row in data for value in row]
    return data


def reply(request: InferRequest, predictions: Sequence[Prediction]) -> tuple[InferReply, bytes]:
    """Return the JSON of an answer, and the bytes that follow it; none if nothing asks for any."""
    name, version = served_name.parts(predictions[0].model)
    by_default = (request.parameters or {}).get("binary_data_output") is True
    outputs, tails = [], []
    for asked in request.outputs or [RequestedOutput(name=each) for each in OUTPUTS]:
        wish = None if asked.parameters is None else asked.parameters.binary_data
        tensor = _output(asked.name, predictions)
        if by_default if wish is None else wish:
            tensor, tail = _as_bytes(tensor)
            tails.append(tail)
        outputs.append(tensor)
    answer = InferReply.model_construct(
        model_name=name, model_version=version, id=request.id, outputs=outputs
    )
    return answer, b"".join(tails)


def _output(name: OutputName, predictions: Sequence[Prediction]) -> OutputTensor:
    data: list[Any]
    shape = [len(predictions)]
    match name:
        case "label":
            data = [each.label for each in predictions]
        case "confidence":
            data = [each.confidence for each in predictions]
        case "probabilities":
            data = [value for each in predictions for value in each.probabilities.values()]
            shape.append(len(predictions[0].probabilities))
    kind: Literal["BYTES", "FP64"] = "BYTES" if name == "label" else "FP64"
    return OutputTensor.model_construct(name=name, datatype=kind, shape=shape, data=data)


def _as_bytes(tensor: OutputTensor) -> tuple[OutputTensor, bytes]:
    encode = bytes_tensor.encoded if tensor.datatype == "BYTES" else bytes_tensor.doubles
    tail = encode(tensor.data or [])
    changed = {"data": None, "parameters": {"binary_data_size": len(tail)}}
    return tensor.model_copy(update=changed), tail


def metadata(tag: str, backend: str, labels: Sequence[str]) -> ModelMetadata:
    """Return what a model is in this protocol: one input of texts, and three outputs."""
    name, version = served_name.parts(tag)

    def tensor(name: str, datatype: str, *shape: int) -> TensorMetadata:
        return TensorMetadata(name=name, datatype=datatype, shape=[-1, *shape])

    return ModelMetadata(
        name=name,
        versions=[version],
        platform=f"sentiment_{backend}",
        inputs=[tensor("text", "BYTES")],
        outputs=[
            tensor("label", "BYTES"),
            tensor("confidence", "FP64"),
            tensor("probabilities", "FP64", len(labels)),
        ],
        parameters=ModelParameters(labels=list(labels)),
    )
