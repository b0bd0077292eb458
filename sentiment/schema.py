"""The data that command lines, HTTP and files share: predictions and model cards.

Schemas are plain data, checked by pydantic. They do nothing but build themselves.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Probability = Annotated[float, Field(ge=0, le=1)]

DecidedBy = Literal["encoder", "ngrams", "both"]
TrainingMethod = Literal["probe", "contrastive", "fine-tuning"]
WarningCode = Literal["truncated", "unknown_tokens", "other_language", "no_words", "short"]


class Schema(BaseModel):
    """Base class of schemas: they are frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Wishes(Schema):
    """What an answer is to say beside the prediction itself."""

    sentences: bool = Field(default=False, description="answer each sentence by itself too")
    explain: bool = Field(
        default=False, description="say how much each word has to do with the label"
    )
    warnings: bool = Field(default=False, description="say why the answer may be worth little")

    @property
    def any(self) -> bool:
        """Whether there is any wish."""
        return self.sentences or self.explain or self.warnings


class PredictRequest(Wishes):
    """The body of a request to classify one text."""

    text: str = Field(min_length=1, examples=["A waste of two hours."])


# A list is taken whatever is in it.
_AnyText = Annotated[
    str, WithJsonSchema({"description": "a text; for anything else there is an error in its place"})
]


class BatchRequest(Wishes):
    """The body of a request to classify a list of texts."""

    texts: list[_AnyText] = Field(min_length=1, examples=[["A waste of two hours.", " "]])


class Place(Schema):
    """A part of a text, in Unicode code points of the text as it was sent."""

    offset: int = Field(ge=0, description="code points of the text before it", examples=[0])
    length: int = Field(ge=1, description="its code points", examples=[21])


class Sentence(Place):
    """What the model answers to a sentence by itself."""

    label: str = Field(examples=["negative"])
    confidence: Probability = Field(examples=[0.94])
    probabilities: dict[str, Probability] = Field(examples=[{"negative": 0.94, "positive": 0.06}])


class Contribution(Place):
    """How much a part of a text has to do with the label of the whole."""

    contribution: float | None = Field(
        description="null if nothing that the model can read is left without it", examples=[0.31]
    )


class Explanation(Schema):
    """How much each part of a text has to do with its label."""

    label: str = Field(examples=["negative"])
    method: Literal["leave-one-out", "ngrams"] = Field(
        description="leave-one-out: a contribution is the probability of the label, less the "
        "probability that it gets in the text without the part; ngrams: n-grams decided, and a "
        "contribution is the sum of their own weights, in calibrated log odds of the label"
    )
    rest: float | None = Field(
        description="what no word has to do with: it and the contributions of all words add up to "
        "the log odds of the label; null where they do not add up"
    )
    words: list[Contribution] = Field(description="in the order of the text")
    words_each: int = Field(
        ge=1, description="words that were left out together, so that there are not too many tries"
    )
    sentences: list[Contribution] = Field(description="empty for a text of one sentence")
    sentences_each: int = Field(ge=1, description="sentences that were left out together")


class Answer(Schema):
    """Base class of answers: a field that nobody asked for is not in their JSON."""

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return the fields that are set, or what pydantic's `options` ask for."""
        return super().model_dump(**({"exclude_unset": True} | options))

    def model_dump_json(self, **options: Any) -> str:
        """Return the same as JSON."""
        return super().model_dump_json(**({"exclude_unset": True} | options))


class Prediction(Answer):
    """One text's answer."""

    ON_REQUEST: ClassVar = ("uncertain", "sentences", "mixed", "explanation", "warnings")
    """Fields that are there only if somebody asked for them."""

    label: str = Field(description="the most probable label", examples=["negative"])
    confidence: Probability = Field(
        description="calibrated probability of `label`", examples=[0.94]
    )
    probabilities: dict[str, Probability] = Field(
        description="one a label; they add up to 1",
        examples=[{"negative": 0.94, "positive": 0.06}],
    )
    truncated: bool = Field(
        description="whether the model read only part of the text", examples=[False]
    )
    tokens: int = Field(
        ge=0, description="tokens in the whole text, special tokens included", examples=[9]
    )
    unknown_tokens: int = Field(
        ge=0, description="tokens of the whole text that the model does not know", examples=[0]
    )
    model: str = Field(description="tag of the model that answered", examples=["sentiment:abc123"])
    decided_by: DecidedBy = Field(
        description="the encoder, n-grams that were sure enough without it, or both together",
        examples=["encoder"],
    )
    uncertain: bool | None = Field(
        default=None,
        description="whether the confidence is too low for the risk that the server is set to "
        "(SENTIMENT_MAX_RISK), without which this is absent",
    )
    sentences: list[Sentence] | None = Field(
        default=None, description="only on request: each sentence that the model can read"
    )
    mixed: bool | None = Field(
        default=None,
        description="only with `sentences`: whether some of which the model is sure disagree",
    )
    explanation: Explanation | None = Field(default=None, description="only on request")
    warnings: list[WarningCode] | None = Field(
        default=None,
        description="only on request, why the answer may be worth little: truncated, the model "
        "read only part of the text; unknown_tokens, most tokens are unknown or single letters; "
        "other_language, the words are probably of another language than the training texts; "
        "no_words, there are only links, numbers or symbols; short, it has less than half of the "
        "tokens of the shortest training texts",
    )

    @classmethod
    def of(
        cls,
        probabilities: Sequence[float],
        labels: Sequence[str],
        *,
        truncated: bool,
        tokens: int,
        unknown_tokens: int,
        model: str,
        decided_by: DecidedBy = "encoder",
    ) -> Self:
        """Return the answer for a row of probabilities, which are in the order of `labels`."""
        best = max(range(len(labels)), key=probabilities.__getitem__)
        return cls.model_construct(
            label=labels[best],
            confidence=probabilities[best],
            probabilities=dict(zip(labels, probabilities, strict=True)),
            truncated=truncated,
            tokens=tokens,
            unknown_tokens=unknown_tokens,
            model=model,
            decided_by=decided_by,
        )


class ErrorDetail(Schema):
    """What every error says."""

    code: str = Field(description="stable name of the kind of error", examples=["invalid_value"])
    message: str = Field(
        description="what was wrong, and what to do", examples=["A value that fails validation."]
    )
    details: list[dict[str, Any]] = Field(default=[], description="the same, for programs")


class ErrorBody(Schema):
    """The one shape of every error."""

    error: ErrorDetail


class BatchResult(Answer):
    """One result a text, in the order of the texts; a bad text fails alone."""

    results: list[Prediction | ErrorBody]


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


class CascadeRule(Schema):
    """What the n-grams need to answer a text in the place of the encoder: all of it."""

    confidence: Probability = Field(
        description="least calibrated probability of their label", examples=[0.93]
    )
    tokens: int = Field(ge=0, description="least tokens of the text", examples=[64])
    seen: Probability = Field(
        description="least share of its n-grams that training has seen", examples=[0.3]
    )
    steady: bool = Field(
        description="whether the last third of the text has to say the same by itself"
    )


class CascadePoint(Schema):
    """What a cascade would do with one least confidence, on validation texts."""

    confidence: Probability
    share: Probability = Field(description="share of texts that the n-grams answer")
    accuracy: Probability
    log_loss: float
    expected_calibration_error: float
    pairs_right: Probability | None = Field(
        description="share of the behaviour suite's edited pairs both of whose sides are right; "
        "null without the suite"
    )


class Combination(Schema):
    """Weights with which the logits of encoder and n-grams are added, and what that does.

    The logits of both are first divided by their temperatures. The figures are of
    validation texts, of which n-grams decide none by themselves.
    """

    encoder: float
    ngrams: float
    used: bool = Field(description="whether the model answers so, where n-grams do not decide")
    accuracy: Probability
    log_loss: float
    expected_calibration_error: float
    pairs_right: Probability | None = Field(
        description="as in the curve of the cascade; null without the suite"
    )


class CascadeCard(Schema):
    """N-grams that answer what they are sure of, and what that costs and brings."""

    texts: int = Field(description="texts that the n-grams were fitted on")
    bytes: int = Field(description="size of their weights")
    temperature: float = Field(gt=0, description="calibrates their logits")
    ngrams_accuracy: Probability = Field(description="of the n-grams alone, on validation texts")
    encoder_accuracy: Probability = Field(description="of the encoder alone, on the same texts")
    validation_texts: int
    rule: CascadeRule | None = Field(
        description="null: they answer nothing by themselves, only together with the encoder"
    )
    chosen: CascadePoint = Field(description="what the rule does")
    curve: list[CascadePoint] = Field(description="the same with other least confidences")
    combination: Combination | None = Field(
        default=None, description="both parts added up; null if that was not tried"
    )


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


class Doubt(Schema):
    """From which confidence on answers are not marked as uncertain, and what that leaves."""

    max_risk: Probability = Field(description="share of the others that may be wrong")
    confidence: float = Field(description="answers below it are marked; above 1: all of them")
    coverage: Probability = Field(description="share of the validation texts that are not marked")


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
    card: ModelCard
