"""The settings of feedback: where it is kept, and how much of it."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from sentiment.settings.base import Settings

# A hundred million corrected reviews, which nobody writes; a text file that large is past what
# is read again for training.
_BYTES = 100 * 10**9


class FeedbackSettings(Settings):
    """Whether callers may say what is wrong."""

    feedback_file: Path | None = Field(
        None,
        description="file to which POST /feedback appends texts with their right labels; without "
        "it there is no feedback",
    )
    max_feedback_bytes: int = Field(
        100_000_000,
        ge=1,
        le=_BYTES,
        description="bytes in that file; past this feedback is refused with 503",
    )

    @field_validator("feedback_file", mode="before")
    @classmethod
    def _empty_is_none(cls, given: Any) -> Any:
        return None if given == "" else given
