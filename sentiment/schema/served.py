"""What a server says of itself and of the model that it serves."""

from typing import Literal

from pydantic import Field

from sentiment.schema.base import Probability, Schema
from sentiment.schema.card import ModelCard


class Doubt(Schema):
    """From which confidence on answers are not marked as uncertain, and what that leaves."""

    max_risk: Probability = Field(description="share of the others that may be wrong")
    confidence: float = Field(description="answers below it are marked; above 1: all of them")
    coverage: Probability = Field(description="share of the validation texts that are not marked")


class EngineInfo(Schema):
    """What computes a model's answers, as it is logged, served and reported."""

    backend: str = Field(examples=["openvino"])
    device: str = Field(examples=["cpu"])
    precision: str = Field(
        description="precision of the format in use: int8, bf16 or fp32", examples=["int8"]
    )
    threads: int = Field(description="threads of the engine, over all its streams", examples=[2])
    streams: int = Field(description="micro-batches computed at once", examples=[2])
    float: str = Field(
        description="precision of the operations that int8 leaves out", examples=["bf16"]
    )


class Liveness(Schema):
    """The answer of `GET /livez`."""

    status: Literal["alive"] = "alive"


class Readiness(Schema):
    """The answer of `GET /readyz` once texts can be answered."""

    status: Literal["ready"] = "ready"


class ServedModel(Schema):
    """The answer of `GET /model`."""

    tag: str = Field(examples=["sentiment:abc123"])
    engine: EngineInfo
    passed_over: list[str] = Field(
        default_factory=list,
        description="what would be faster but failed at the start, and how",
        examples=[[]],
    )
    doubt: Doubt | None = Field(
        default=None, description="which answers are marked as uncertain; null: none are"
    )
    feedback: bool = Field(default=False, description="whether `POST /feedback` is switched on")
    card: ModelCard
