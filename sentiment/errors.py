"""The family of errors that users see, on a terminal or over HTTP.

Each error says what was wrong, with the value, and what to do about it. The
class determines the HTTP status, the stable `code` that clients may test, and the
exit status of a command line. Any other exception that escapes is our own fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Self

_LONGEST_SHOWN = 60  # characters of a value in a message


def listed(values: Iterable[object], most: int = 5) -> str:
    """Return values as a list for a message: at most `most` of them, long ones cut.

    The number of the others is told, so that a message is short whatever the data.
    """
    rest = iter(values)
    shown = [_shown(value) for value in islice(rest, most)]
    more = sum(1 for _ in rest)
    return f"[{', '.join(shown)}{f', … {more:,} more' if more else ''}]"


def listed_counts(counts: Mapping[str, int], most: int = 5) -> str:
    """Return the values with the largest counts for a message: `'a' 3, 'b' 2 and 7 more`."""
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    shown = [f"{_shown(value)} {counts[value]:,}" for value in ordered[:most]]
    more = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _shown(value: object) -> str:
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        value = f"{value[:_LONGEST_SHOWN]}…"
    return repr(value)


class SentimentError(Exception):
    """Base of all errors meant for users.

    `message` says what was wrong, `remedy` what to do; `details` is a list of
    JSON objects for programs. None of them may hold a caller's text.
    """

    code: str = "internal_error"
    http_status: int = 500
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, remedy: str = "", details: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.details = [dict(detail) for detail in details]

    def body(self) -> dict[str, Any]:
        """Return the JSON object with which every failed HTTP request is answered."""
        return {"error": {"code": self.code, "message": str(self), "details": self.details}}

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that belong to the error."""
        return {}

    def of_text(self, number: int) -> Self:
        """Return the error, which now says which text of a list it is about, counted from 1."""
        self.args = (f"Text {number}: {self}",)
        return self


def in_one_line(error: BaseException) -> str:
    """Return an error of another library in one line: its kind, and the first line it says.

    Where that ends with a colon, as OpenVINO's lines of source code do, the next belongs to it.
    """
    try:
        said = str(error).strip().splitlines()
    except Exception:  # some errors of libraries fail at that
        said = []
    first = said[0].strip() if said else ""
    for line in said[1:]:
        if not first.endswith(":"):
            break
        first = f"{first} {line.strip()}"
    first = first[:300]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def printable(text: str) -> str:
    """Return a text on one line, without what would steer a terminal.

    A name of a file or a value of a setting may hold anything.
    """
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


# --- command lines --------------------------------------------------------


class UsageError(SentimentError):
    """A flag, setting or combination of them that cannot work."""

    code = "usage"
    exit_code = 2


class DataError(SentimentError):
    """Data that cannot be trained on, evaluated or predicted."""

    code = "bad_data"
    exit_code = 2


class Unreachable(DataError):
    """A file at an address whose server does not answer, or answers with an error of its own."""

    code = "unreachable"


class ModelNotFound(SentimentError):
    """No such model in the store, or no model at all."""

    code = "model_not_found"
    http_status = 503
    exit_code = 2


class ModelDamaged(SentimentError):
    """A stored model with a file that is missing or not what was stored."""

    code = "model_damaged"
    http_status = 503
    exit_code = 2


class TrainingError(SentimentError):
    """Training that cannot go on: a loss that is not finite, no memory."""

    code = "training_failed"


# --- answers of a running server --------------------------------------------


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


# --- requests ---------------------------------------------------------------


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
        super().__init__(message, "Send it as it is, or with Content-Encoding: gzip.")

    def headers(self) -> dict[str, str]:
        return {"Accept-Encoding": "gzip"}


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


class DeadlineExceeded(SentimentError):
    """No answer within the time allowed for a request."""

    code = "deadline_exceeded"
    http_status = 504
