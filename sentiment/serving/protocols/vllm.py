"""`POST /classify` and `GET /v1/models` as vLLM answers them.

Source: https://github.com/vllm-project/vllm, `vllm/entrypoints/pooling/classify/protocol.py`.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from sentiment.errors import SentimentError
from sentiment.schema import Prediction, Probability, Schema
from sentiment.serving import json_body
from sentiment.serving.protocols.texts import OneOrMore, as_list
from sentiment.serving.route import ErrorShape

_LONGEST = 1000  # characters of what callers name their requests


class ClassifyRequest(Schema):
    """The body of a request to classify one text, or a list."""

    model: str | None = Field(
        default=None,
        max_length=_LONGEST,
        description="name or tag of the served model; without it that one answers too",
        examples=[None],
    )
    input: OneOrMore = Field(examples=["A waste of two hours."])
    user: str | None = Field(default=None, max_length=_LONGEST, description="has no effect")
    request_id: str | None = Field(
        default=None, max_length=_LONGEST, description="becomes part of `id`"
    )
    priority: Literal[0] = Field(default=0, description="has no effect")
    use_activation: Literal[True] | None = Field(
        default=None, description="probabilities, which are always answered"
    )
    activation: Literal[True] | None = Field(default=None, description="the same, as it was named")
    softmax: Literal[True] | None = Field(default=None, description="the same, as it was named")
    add_special_tokens: Literal[True] = Field(default=True, description="has no effect")
    truncate_prompt_tokens: Literal[-1] | None = Field(
        default=None, description="-1: as many as the model reads, which is always done"
    )

    @field_validator("priority", "use_activation", mode="before")
    @classmethod
    def _check_type(cls, value: Any, field: ValidationInfo) -> Any:
        """Tell 0 from false and 1 from true, which are equal in Python."""
        if value in (0, 1) and isinstance(value, bool) != (field.field_name == "use_activation"):
            raise PydanticCustomError("type", "Input should be of another type")
        return value


class Classification(Schema):
    """The answer to one text."""

    index: int = Field(description="place of the text, from 0", examples=[0])
    label: str = Field(description="the most probable label", examples=["negative"])
    probs: list[Probability] = Field(
        description="calibrated, in the order of the model's labels", examples=[[0.94, 0.06]]
    )
    num_classes: int = Field(examples=[2])


class Usage(Schema):
    """How many tokens the texts have, special ones and those that were cut included."""

    prompt_tokens: int = Field(examples=[9])
    total_tokens: int = Field(examples=[9])
    completion_tokens: int = Field(default=0, description="none are generated")
    prompt_tokens_details: None = None


class ClassifyReply(Schema):
    """The answer to a request to classify."""

    id: str = Field(examples=["classify-4bf92f3577b34da6a3ce929d0e0e4736"])
    object: Literal["list"] = "list"
    created: int = Field(description="seconds since 1970", examples=[1764000000])
    model: str = Field(description="tag of the model that answered", examples=["sentiment:abc123"])
    data: list[Classification] = Field(description="one a text, in order")
    usage: Usage


class Model(Schema):
    """A model that is served."""

    id: str = Field(description="its tag", examples=["sentiment:abc123"])
    object: Literal["model"] = "model"
    created: int = Field(description="seconds since 1970", examples=[1764000000])
    owned_by: Literal["sentiment"] = "sentiment"


class Models(Schema):
    """The models that are served, of which there is one."""

    object: Literal["list"] = "list"
    data: list[Model]


class FailureInfo(Schema):
    """What every error says."""

    message: str = Field(description="what was wrong, and what to do")
    type: str = Field(description="stable name of the kind of error")
    param: str | None = Field(default=None, description="the field that was wrong")
    code: int = Field(description="the HTTP status")


class ClassifyFailure(Schema):
    """An error, as OpenAI's servers and vLLM's answer it."""

    error: FailureInfo


def _failure(error: SentimentError) -> dict[str, Any]:
    fields = [str(detail["field"]) for detail in error.details if detail.get("field")]
    info = {
        "message": str(error),
        "type": error.code,
        "param": fields[0] if fields else None,
        "code": error.http_status,
    }
    return {"error": info}


ERRORS = ErrorShape(ClassifyFailure, _failure)


def read(body: bytearray, _: Mapping[str, str], texts: int) -> dict[str, Any]:
    """Return the request that a body holds; raise as `json_body.read` does."""
    return {"request": json_body.read(body, ClassifyRequest, texts)}


def texts_of(request: ClassifyRequest) -> Sequence[Any]:
    """Return the texts to classify, of which none has been checked."""
    return as_list(request.input)


def reply(request: ClassifyRequest, predictions: Sequence[Prediction]) -> ClassifyReply:
    """Return the answer to a request, for which there is at least one prediction."""
    tokens = sum(prediction.tokens for prediction in predictions)
    return ClassifyReply.model_construct(
        id=f"classify-{request.request_id or uuid.uuid4().hex}",
        created=int(time.time()),
        model=predictions[0].model,
        data=[
            Classification.model_construct(
                index=index,
                label=prediction.label,
                probs=list(prediction.probabilities.values()),
                num_classes=len(prediction.probabilities),
            )
            for index, prediction in enumerate(predictions)
        ],
        usage=Usage.model_construct(prompt_tokens=tokens, total_tokens=tokens),
    )


def models(tag: str, created: int) -> Models:
    """Return the list of the one model with this tag, made at `created`."""
    return Models(data=[Model(id=tag, created=created)])
