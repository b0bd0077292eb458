"""The errors of requests, with which a server answers over HTTP."""

from collections.abc import Mapping

from sentiment.errors.base import SentimentError


class BadRequest(SentimentError):
    """A body that is not JSON."""

    code = "invalid_json"
    http_status = 400


class CorsRefused(SentimentError):
    """A site whose scripts may not ask this server, or not so."""

    code = "cors_refused"
    http_status = 403


class RouteNotFound(SentimentError):
    """A path this server does not answer."""

    code = "not_found"
    http_status = 404


class UnknownModel(SentimentError):
    """A model, or a version of it, that this server does not serve."""

    code = "unknown_model"
    http_status = 404


class MethodNotAllowed(SentimentError):
    """A path that exists, asked with another method."""

    code = "method_not_allowed"
    http_status = 405

    def __init__(self, message: str, allow: str) -> None:
        super().__init__(message, f"Use {allow}.")
        self._allow = allow

    def headers(self) -> dict[str, str]:
        return {"Allow": self._allow}


class RequestTooSlow(SentimentError):
    """A body that comes more slowly than the server waits for."""

    code = "request_too_slow"
    http_status = 408


class BodyTooLarge(SentimentError):
    """A body, or a list, of more bytes or tokens than the server takes."""

    code = "body_too_large"
    http_status = 413


class TextTooLong(SentimentError):
    """A text of more characters than the server takes."""

    code = "text_too_long"
    http_status = 413


class UnsupportedMediaType(SentimentError):
    """A body that is not declared as JSON."""

    code = "unsupported_media_type"
    http_status = 415


class UnsupportedEncoding(SentimentError):
    """A body that is compressed in a way that the server does not know."""

    code = "unsupported_encoding"
    http_status = 415

    def __init__(self, message: str) -> None:
        super().__init__(message, "Send it as it is, or with Content-Encoding: gzip or deflate.")

    def headers(self) -> dict[str, str]:
        return {"Accept-Encoding": "gzip, deflate"}


class InvalidValue(SentimentError):
    """A value that fails validation."""

    code = "invalid_value"
    http_status = 422
    exit_code = 2


class QueueFull(SentimentError):
    """More work waits than the server can do in reasonable time."""

    code = "overloaded"
    http_status = 429

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, f"Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class TurnedAway(SentimentError):
    """What a caller, known or not, may not ask, or not now."""

    code = "turned_away"
    http_status = 403

    def __init__(
        self, message: str, remedy: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, remedy)
        self._headers = dict(headers or {})

    def headers(self) -> dict[str, str]:
        return self._headers


class KeyMissing(TurnedAway):
    """A request without an API key, where one is needed."""

    code = "key_missing"
    http_status = 401


class KeyRefused(TurnedAway):
    """An API key that is not known, or not valid any more."""

    code = "key_refused"
    http_status = 401


class RoleMissing(TurnedAway):
    """An API key without the role that the route is for."""

    code = "role_missing"


class LimitExceeded(TurnedAway):
    """More requests or tokens in a minute than the caller may use."""

    code = "limit_exceeded"
    http_status = 429


class LimitsUnavailable(TurnedAway):
    """What counts requests and tokens for all servers cannot be reached."""

    code = "limits_unavailable"
    http_status = 503


class HostRefused(TurnedAway):
    """A Host that is none of this server's names."""

    code = "host_refused"
    http_status = 400


class ProtocolError(SentimentError):
    """What is no HTTP, so that no route can answer it."""

    code = "bad_request"
    http_status = 400


class HeadersTooLarge(SentimentError):
    """More headers, or more bytes of them, than the server takes."""

    code = "headers_too_large"
    http_status = 431


class TooManyConnections(SentimentError):
    """More connections, in all or from one address, than the server takes."""

    code = "too_many_connections"
    http_status = 503

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class EngineFailed(SentimentError):
    """The model failed on this text, alone in its batch."""

    code = "engine_failed"
    http_status = 500


class NotReady(SentimentError):
    """The server is starting, draining, or could not load its model."""

    code = "not_ready"
    http_status = 503

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class FeedbackNotWritten(SentimentError):
    """Feedback that could not be kept: the disk or the file is full, or cannot be written."""

    code = "feedback_not_written"
    http_status = 503


class DeadlineExceeded(SentimentError):
    """No answer within the time allowed for a request."""

    code = "deadline_exceeded"
    http_status = 504
