"""What callers say of an answer that was wrong: as they send it, and as it is kept."""

from typing import Literal

from pydantic import Field

from sentiment.schema.base import Probability, Schema


class FeedbackRequest(Schema):
    """The body of a request that tells the right label of a text."""

    text: str = Field(min_length=1, examples=["A waste of two hours."])
    label: str = Field(description="the right one of the model's labels", examples=["negative"])
    said: str | None = Field(
        default=None, description="the label that was answered", examples=["positive"]
    )
    confidence: Probability | None = Field(
        default=None, description="the confidence that was answered", examples=[0.61]
    )


class FeedbackReply(Schema):
    """The answer to feedback that is kept."""

    status: Literal["written"] = "written"


class FeedbackRecord(Schema):
    """A line of the file of feedback; `text` and `label` are what a model is trained on."""

    time: str = Field(description="in UTC, as ISO 8601 has it")
    request_id: str | None = None
    key: str | None = Field(default=None, description="name of the caller's API key")
    model: str = Field(description="tag of the model that was served")
    text: str = Field(description="as it was sent")
    said: str | None = None
    confidence: Probability | None = None
    label: str
