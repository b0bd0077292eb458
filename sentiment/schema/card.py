"""The card of a model: its data, training, calibration, exports, and what validation measured."""

from typing import Any, Literal

from pydantic import Field

from sentiment.schema.base import Probability, Schema
from sentiment.schema.cascade import CascadeCard

TrainingMethod = Literal["probe", "contrastive", "fine-tuning"]


class EpochMetrics(Schema):
    """What validation measured after an epoch."""

    epoch: int = Field(examples=[1])
    train_loss: float = Field(examples=[0.43])
    validation_loss: float = Field(examples=[0.32])
    validation_accuracy: float = Field(examples=[0.87])


class DataSummary(Schema):
    """What was trained on: enough to tell two data sets apart, no text."""

    source: str = Field(examples=["packaged"])
    fingerprint: str = Field(
        description="SHA-256 over the cleaned texts and labels of all splits",
        examples=["7daf4d899a77"],
    )
    sizes: dict[str, int] = Field(description="texts per split", examples=[{"train": 2400}])
    class_counts: dict[str, dict[str, int]] = Field(
        description="texts per split and label",
        examples=[{"train": {"negative": 1200, "positive": 1200}}],
    )
    dropped_empty: int = Field(description="rows whose text was empty after cleaning", examples=[0])
    dropped_duplicates: int = Field(
        description="rows also found in a later split: validation, test", examples=[30]
    )
    contradictory: int = Field(
        default=0, description="texts that stand with more than one label", examples=[0]
    )
    near_duplicates: int = Field(
        default=0,
        description="held-out texts that are nearly identical to a training text; of very large "
        "data those of a sample",
        examples=[2],
    )


class ReliabilityBin(Schema):
    """Validation texts with answers of about one confidence: how many of them are right."""

    confidence: Probability = Field(description="mean of their labels", examples=[0.93])
    accuracy: Probability = Field(examples=[0.91])
    texts: int = Field(ge=1, examples=[160])


class Calibration(Schema):
    """The temperature, and what it did on the validation split."""

    temperature: float = Field(gt=0, examples=[0.98])
    log_loss_before: float = Field(examples=[0.32])
    log_loss_after: float = Field(examples=[0.32])
    expected_calibration_error_before: float = Field(examples=[0.04])
    expected_calibration_error_after: float = Field(examples=[0.04])
    reliability: list[ReliabilityBin] = Field(
        default=[],
        description="confidence against accuracy after the temperature; empty in older models",
    )


class Truncation(Schema):
    """How much of a text the model reads."""

    max_length: int = Field(description="tokens, special ones included", examples=[192])
    policy: Literal["head+tail", "head"] = Field(examples=["head+tail"])


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


class AbilityResult(Schema):
    """How often a model failed in one ability of the behaviour suite."""

    ability: str
    cases: int
    failed: int
    rate: Probability


class BehaviourReport(Schema):
    """What the behaviour suite found: failure rates, the smaller the better."""

    mean_failure: Probability = Field(description="mean of the abilities")
    worst_ability: str
    worst_failure: Probability
    pairs: int = Field(description="reviews edited to say the opposite in plain words")
    edited_right: Probability = Field(description="share of pairs whose edited side is right")
    both_right: Probability = Field(description="share of pairs both of whose sides are right")
    abilities: list[AbilityResult]


class MethodResult(Schema):
    """How well a training method did on texts that it was not trained on, fold by fold."""

    method: TrainingMethod
    accuracy: Probability = Field(description="mean over the folds")
    spread: float = Field(ge=0, description="standard deviation of that over the folds")
    log_loss: float = Field(
        ge=0, description="of all folds together, at the temperature that suits it best"
    )


class MethodComparison(Schema):
    """Training methods compared by cross-validation, because there were few labels."""

    rows: int = Field(description="training texts that were divided into folds")
    folds: int = Field(ge=2)
    results: list[MethodResult]


class RiskPoint(Schema):
    """What it does to leave out the answers of which a model is less sure."""

    confidence: Probability = Field(description="least confidence of the answers that are left")
    coverage: Probability = Field(description="share of the validation texts that are left")
    risk: Probability = Field(
        description="share of wrong answers among those, which 9 times in 10 is not exceeded"
    )


class RiskCoverage(Schema):
    """How the share of wrong answers falls with the share that is given, on validation texts."""

    texts: int
    points: list[RiskPoint] = Field(description="from the most confident answers to all")


class TextProfile(Schema):
    """What the training texts are like, so that others can be told from them."""

    shortest: int = Field(
        ge=0, description="tokens, special ones included, of which 999 texts in 1,000 have more"
    )
    pieces_per_word: float = Field(
        ge=0, description="tokens a word, of which 999 texts in 1,000 have fewer"
    )
    seen: Probability | None = Field(
        description="share of n-grams seen in training, of which 99 validation texts in 100 have "
        "more; null without n-grams"
    )


class ModelCard(Schema):
    """Everything a stored model says of itself (`card.json`, `GET /model`)."""

    recipe: str = Field(examples=["quick"])
    base_model: str = Field(examples=["packaged"])
    languages: list[str] = Field(
        default=[],
        description="languages that the base model knows, as ISO 639-1; empty: it does not say",
        examples=[["en"]],
    )
    labels: list[str] = Field(
        description="label names in the order of the logits", examples=[["negative", "positive"]]
    )
    truncation: Truncation
    data: DataSummary
    settings: dict[str, Any] = Field(
        description="every setting of the training run",
        examples=[{"epochs": 1, "learning_rate": 0.0003}],
    )
    epochs: list[EpochMetrics]
    best_epoch: int = Field(examples=[1])
    calibration: Calibration
    exports: list[Export] = Field(default=[], description="formats and methods that were tried")
    behaviour: BehaviourReport | None = Field(
        default=None,
        description="failure rates in the behaviour suite; null for other labels than its own",
    )
    cascade: CascadeCard | None = Field(
        default=None,
        description="n-grams that answer in the place of the encoder; null where they do not help",
    )
    method: TrainingMethod = Field(
        default="fine-tuning",
        description="a linear probe on the frozen encoder, contrastive training of the encoder "
        "with the same head, or fine-tuning",
    )
    comparison: MethodComparison | None = Field(
        default=None,
        description="the methods that were compared, of which `method` won; null where none were",
    )
    risk_coverage: RiskCoverage | None = Field(
        default=None,
        description="what the doubt of SENTIMENT_MAX_RISK is taken from; null in older models",
    )
    texts: TextProfile | None = Field(
        default=None, description="what warnings are taken from; null in older models"
    )
    precision: str = Field(examples=["fp32"])
    hardware: str = Field(examples=["2 x AMD EPYC cores"])
    duration_s: float = Field(examples=[311.0])
    versions: dict[str, str] = Field(examples=[{"python": "3.11.9"}])
    git_commit: str = Field(examples=["3adbf53"])
    created: str = Field(description="UTC, ISO 8601", examples=["2025-01-01T00:00:00Z"])
