"""The words shared by command lines, HTTP and files: predictions and model cards.

Plain data, checked by pydantic; no behaviour beyond building itself.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]


class Schema(BaseModel):
    """Base: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Prediction(Schema):
    """One text's answer."""

    label: str = Field(description="the most probable label")
    confidence: Probability = Field(description="calibrated probability of `label`")
    probabilities: dict[str, Probability] = Field(description="one a label; they add up to 1")
    truncated: bool = Field(description="whether the model read only part of the text")
    tokens: int = Field(ge=0, description="tokens in the whole text, special tokens included")
    model: str = Field(description="tag of the model that answered")

    @classmethod
    def of(
        cls,
        probabilities: Sequence[float],
        labels: Sequence[str],
        *,
        truncated: bool,
        tokens: int,
        model: str,
    ) -> Self:
        """Return the answer for one row of probabilities, one a label and in their order."""
        best = max(range(len(labels)), key=probabilities.__getitem__)
        return cls.model_construct(
            label=labels[best],
            confidence=probabilities[best],
            probabilities=dict(zip(labels, probabilities, strict=True)),
            truncated=truncated,
            tokens=tokens,
            model=model,
        )


class ErrorDetail(Schema):
    """What every error says."""

    code: str = Field(description="stable name of the kind of error")
    message: str = Field(description="what was wrong, and what to do")
    details: list[dict[str, Any]] = Field(default=[], description="the same, for programs")


class ErrorBody(Schema):
    """The one shape of every error."""

    error: ErrorDetail


class BatchResult(Schema):
    """One result a text, in the order of the texts; a bad text fails alone."""

    results: list[Prediction | ErrorBody]


class EpochMetrics(Schema):
    """What validation measured after an epoch."""

    epoch: int
    train_loss: float
    validation_loss: float
    validation_accuracy: float


class DataSummary(Schema):
    """What was trained on: enough to tell two data sets apart, no text."""

    source: str
    fingerprint: str = Field(description="SHA-256 over the cleaned texts and labels of all splits")
    sizes: dict[str, int] = Field(description="texts per split")
    class_counts: dict[str, dict[str, int]] = Field(description="texts per split and label")
    dropped_empty: int = Field(description="rows whose text was empty after cleaning")
    dropped_duplicates: int = Field(
        description="rows also found in a later split: validation, test"
    )


class Calibration(Schema):
    """The temperature, and what it did on the validation split."""

    temperature: float = Field(gt=0)
    log_loss_before: float
    log_loss_after: float
    expected_calibration_error_before: float
    expected_calibration_error_after: float


class Truncation(Schema):
    """How much of a text the model reads."""

    max_length: int = Field(description="tokens, special ones included")
    policy: Literal["head+tail", "head"]


class Parity(Schema):
    """A format's answers on validation texts against those of torch in fp32."""

    texts: int
    accuracy: Probability
    reference_accuracy: Probability
    mean_difference: float = Field(description="mean absolute difference of probabilities")
    agreement: Probability = Field(description="share of texts with the same label")


class Export(Schema):
    """A format for serving: whether it ships with the model, and why not."""

    format: str
    kept: bool
    method: str = Field(description="how it was quantised; empty for fp32")
    parity: Parity | None = Field(description="None where it could not be made")
    problem: str = Field(description="why it is left out; empty for a format that ships")


class ModelCard(Schema):
    """Everything a stored model says of itself (`card.json`, `GET /model`)."""

    recipe: str
    base_model: str
    labels: list[str] = Field(description="label names in the order of the logits")
    truncation: Truncation
    data: DataSummary
    settings: dict[str, Any] = Field(description="every setting of the training run")
    epochs: list[EpochMetrics]
    best_epoch: int
    calibration: Calibration
    exports: list[Export] = Field(default=[], description="formats and methods that were tried")
    precision: str
    hardware: str
    duration_s: float
    versions: dict[str, str]
    git_commit: str
    created: str = Field(description="UTC, ISO 8601")


class EngineInfo(Schema):
    """What computes a model's answers, as it is logged, served and reported."""

    backend: str
    device: str
    precision: str = Field(description="precision of the format in use: int8, bf16, fp16 or fp32")
    threads: int = Field(description="threads of the engine, over all its streams")
    streams: int = Field(description="micro-batches computed at once")
    float: str = Field(description="precision of the operations that int8 leaves out")


class ServedModel(Schema):
    """The answer of `GET /model`."""

    tag: str
    engine: EngineInfo
    card: ModelCard
