"""Text classification as Hugging Face's `InferenceClient` asks for it, and as it is answered.

Source: https://huggingface.co/docs/inference-providers/tasks/text-classification
"""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, RootModel

from sentiment.errors import SentimentError
from sentiment.schema import Prediction, Schema
from sentiment.serving import json_body
from sentiment.serving.protocols.texts import OneOrMore, as_list
from sentiment.serving.route import ErrorShape


class Parameters(Schema):
    """What is asked of the answers."""

    top_k: int | None = Field(
        default=None, ge=1, description="labels in an answer, the most probable ones", examples=[2]
    )
    function_to_apply: Literal["softmax", "none"] | None = Field(
        default=None,
        description="softmax: calibrated probabilities; none: their logarithms, which are logits",
        examples=["softmax"],
    )


class TextClassification(Schema):
    """The body of a request to classify one text, or a list."""

    inputs: OneOrMore = Field(examples=["A waste of two hours."])
    parameters: Parameters | None = Field(default=None, examples=[{"top_k": 2}])
    options: dict[str, Any] | None = Field(
        default=None, description="such as wait_for_model of older clients; has no effect"
    )


class Score(Schema):
    """One label of an answer."""

    label: str = Field(examples=["negative"])
    score: float = Field(examples=[0.94])


class Scores(RootModel[list[list[Score]]]):
    """For each text its labels, the most probable first."""


class Failure(Schema):
    """An error, as Hugging Face's servers answer it."""

    error: str = Field(description="what was wrong, and what to do")
    error_type: str = Field(description="stable name of the kind of error")


def _failure(error: SentimentError) -> dict[str, Any]:
    return {"error": str(error), "error_type": error.code}


ERRORS = ErrorShape(Failure, _failure)


def read(body: bytearray, _: Mapping[str, str], texts: int) -> dict[str, Any]:
    """Return the request that a body holds; raise as `json_body.read` does."""
    return {"request": json_body.read(body, TextClassification, texts)}


def texts_of(request: TextClassification) -> Sequence[Any]:
    """Return the texts to classify, of which none has been checked."""
    return as_list(request.inputs)


def reply(request: TextClassification, predictions: Sequence[Prediction]) -> Scores:
    """Return the answer with what the request asks of it."""
    asked = request.parameters or Parameters()
    return Scores.model_construct(
        root=[
            [
                Score.model_construct(label=label, score=_score(probability, asked))
                for label, probability in _ranked(prediction)[: asked.top_k]
            ]
            for prediction in predictions
        ]
    )


def _ranked(prediction: Prediction) -> list[tuple[str, float]]:
    return sorted(prediction.probabilities.items(), key=lambda item: -item[1])


def _score(probability: float, asked: Parameters) -> float:
    if asked.function_to_apply != "none":
        return probability
    return math.log(max(probability, sys.float_info.min))  # 0 has no logarithm
