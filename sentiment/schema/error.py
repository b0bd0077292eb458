"""The one shape of every error."""

from typing import Any

from pydantic import Field

from sentiment.schema.base import Schema


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
