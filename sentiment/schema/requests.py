"""The bodies of requests: texts, and what an answer is to say of them."""

from typing import Annotated

from pydantic import Field

from sentiment.schema.base import Schema


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


class BatchRequest(Wishes):
    """The body of a request to classify a list of texts."""

    texts: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, examples=[["A waste of two hours.", " "]]
    )
