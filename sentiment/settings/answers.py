"""The settings of answers: what they say beside the label."""

from pydantic import Field

from sentiment.settings.base import Settings


class AnswerSettings(Settings):
    """What answers say, on the command line and in the server."""

    max_risk: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="mark answers as uncertain, so that of the others at most this share should "
        "be wrong, such as 0.02 (default: no marks)",
    )
