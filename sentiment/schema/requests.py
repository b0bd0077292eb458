"""The bodies of requests: texts, and what an answer is to say of them."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

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


# A list is taken whatever is in it.
_AnyText = Annotated[
    str, WithJsonSchema({"description": "a text; for anything else there is an error in its place"})
]


class BatchRequest(Wishes):
    """The body of a request to classify a list of texts."""

    texts: list[_AnyText] = Field(min_length=1, examples=[["A waste of two hours.", " "]])
