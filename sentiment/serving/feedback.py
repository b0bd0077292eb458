"""Feedback over HTTP: what a body holds, who says it, and a thread that writes it down."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sentiment.errors import InvalidValue, RouteNotFound, listed
from sentiment.feedback import FeedbackFile
from sentiment.schema import FeedbackRecord, FeedbackRequest, ServedModel
from sentiment.serving import json_body
from sentiment.serving.access.caller import current_caller
from sentiment.serving.fairness import FairThreads
from sentiment.serving.telemetry.context import current_request
from sentiment.settings import ServingSettings


def read(body: bytearray, _: Mapping[str, str], texts: int) -> dict[str, Any]:
    """Return the feedback that a body holds; raise as `json_body.read` does."""
    return {"request": json_body.read(body, FeedbackRequest, texts)}


def feedback_file(settings: ServingSettings) -> FeedbackFile | None:
    """Return the file that the settings name, None where feedback is not switched on."""
    if settings.feedback_file is None:
        return None
    return FeedbackFile(settings.feedback_file, settings.max_feedback_bytes)


def record_of(request: FeedbackRequest, served: ServedModel) -> FeedbackRecord:
    """Return what is kept of a request; raise `InvalidValue` for what is no label of the model."""
    labels = served.card.labels
    for name, label in (("label", request.label), ("said", request.said)):
        if label is not None and label not in labels:
            raise InvalidValue(
                f'"{name}" is none of the {len(labels):,} labels of the model.',
                f"They are {listed(labels)}.",
            )
    caller, asked = current_caller(), current_request()
    return FeedbackRecord(
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        request_id=asked.request_id if asked else None,
        key=caller.name if caller and caller.by_key else None,
        model=served.tag,
        **request.model_dump(),
    )


class Feedback:
    """Keeps what callers say, if that is switched on. It is used on the event loop."""

    def __init__(self, settings: ServingSettings) -> None:
        self._file = feedback_file(settings)
        self._writing = FairThreads(1, "feedback")  # lines are written one after the other

    @property
    def on(self) -> bool:
        """Whether it is switched on."""
        return self._file is not None

    def require(self) -> FeedbackFile:
        """Return the file; raise `RouteNotFound` where feedback is not switched on."""
        if self._file is None:
            raise RouteNotFound(
                "Feedback is not switched on.", "Name a file by SENTIMENT_FEEDBACK_FILE."
            )
        return self._file

    async def keep(self, record: FeedbackRecord) -> None:
        """Write a record down; raise `FeedbackNotWritten` if that fails."""
        await self._writing.run(self.require().append, record)
