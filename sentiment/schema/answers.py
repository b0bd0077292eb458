"""The answers to texts: predictions, and what they may say beside the label."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from sentiment.schema.base import Probability, Schema
from sentiment.schema.error import ErrorBody

DecidedBy = Literal["encoder", "ngrams", "both"]
WarningCode = Literal["truncated", "unknown_tokens", "other_language", "no_words", "short"]


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
        return cls(
            label=labels[best],
            confidence=probabilities[best],
            probabilities=dict(zip(labels, probabilities, strict=True)),
            truncated=truncated,
            tokens=tokens,
            unknown_tokens=unknown_tokens,
            model=model,
            decided_by=decided_by,
        )


class BatchResult(Answer):
    """One result a text, in the order of the texts; a bad text fails alone."""

    results: list[Prediction | ErrorBody]
