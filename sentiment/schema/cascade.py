"""The cascade in a model's card: what its n-grams answer, and what that costs and brings."""

from pydantic import Field

from sentiment.schema.base import Probability, Schema


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
    tokens: int = Field(
        default=0,
        ge=0,
        description="least tokens of the text; of a shorter one the encoder decides",
    )
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
