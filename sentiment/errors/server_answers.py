"""The errors of those who ask a running server: what it answered, or that it did not."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentiment.errors.base import SentimentError


class ServerError(SentimentError):
    """What a running server answered in the place of a prediction.

    `code`, message and `details` are the server's own, or `server_error` where another
    program answered, such as a proxy.
    """

    code = "server_error"
    http_status = 502
    exit_code = 2

    def __init__(
        self,
        message: str,
        code: str | None = None,
        http_status: int | None = None,
        details: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message, details=details)
        self.code = self.code if code is None else code
        self.http_status = self.http_status if http_status is None else http_status


class NoAnswer(SentimentError):
    """A server that cannot be reached, or has closed the connection without an answer."""

    code = "no_answer"
    http_status = 502
    exit_code = 2
