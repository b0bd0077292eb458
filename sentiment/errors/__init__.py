"""The family of errors that users see, on a terminal or over HTTP.

Each error says what was wrong, with the value, and what to do about it. The
class determines the HTTP status, the stable `code` that clients may test, and the
exit status of a command line. Any other exception that escapes is our own fault.
"""

from sentiment.errors.base import SentimentError, in_one_line, printable
from sentiment.errors.command_lines import (
    DataError,
    ModelDamaged,
    ModelNotFound,
    TrainingError,
    Unreachable,
    UsageError,
)
from sentiment.errors.listing import any_of, brief, listed, listed_counts
from sentiment.errors.requests import (
    BadRequest,
    BodyTooLarge,
    CorsRefused,
    DeadlineExceeded,
    EngineFailed,
    HeadersTooLarge,
    HostRefused,
    InvalidValue,
    KeyMissing,
    KeyRefused,
    LimitExceeded,
    LimitsUnavailable,
    MethodNotAllowed,
    NotReady,
    ProtocolError,
    QueueFull,
    RequestTooSlow,
    RoleMissing,
    RouteNotFound,
    TextTooLong,
    TooManyConnections,
    TurnedAway,
    UnknownModel,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from sentiment.errors.server_answers import NoAnswer, ServerError

__all__ = [
    "BadRequest",
    "BodyTooLarge",
    "CorsRefused",
    "DataError",
    "DeadlineExceeded",
    "EngineFailed",
    "HeadersTooLarge",
    "HostRefused",
    "InvalidValue",
    "KeyMissing",
    "KeyRefused",
    "LimitExceeded",
    "LimitsUnavailable",
    "MethodNotAllowed",
    "ModelDamaged",
    "ModelNotFound",
    "NoAnswer",
    "NotReady",
    "ProtocolError",
    "QueueFull",
    "RequestTooSlow",
    "RoleMissing",
    "RouteNotFound",
    "SentimentError",
    "ServerError",
    "TextTooLong",
    "TooManyConnections",
    "TrainingError",
    "TurnedAway",
    "UnknownModel",
    "Unreachable",
    "UnsupportedEncoding",
    "UnsupportedMediaType",
    "UsageError",
    "any_of",
    "brief",
    "in_one_line",
    "listed",
    "listed_counts",
    "printable",
]
