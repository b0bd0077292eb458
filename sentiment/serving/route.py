"""What a route of the HTTP contract is; the routes themselves are in `routes`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from starlette.responses import Response

from sentiment.errors import SentimentError
from sentiment.schema import ErrorBody, Schema
from sentiment.serving.access.roles import ROLES, Role

Tag = Literal["predictions", "model", "operations", "other protocols"]

Handler = Callable[..., Awaitable[BaseModel | Response]]
"""Takes the model server, and fields of body, path and headers by name; returns the answer."""

Read = Callable[[bytearray, Mapping[str, str], int], dict[str, Any]]
"""Takes a body, the headers and the number of texts in a list; returns fields for the handler."""


@dataclass(frozen=True)
class TextReply:
    """An answer that is not JSON."""

    media_type: str
    example: str
    others: tuple[str, ...] = ()
    """Media types in which it is answered too, if the request prefers one of them."""


@dataclass(frozen=True)
class ErrorShape:
    """How the callers of a route are told of an error."""

    schema: type[BaseModel]
    of: Callable[[SentimentError], dict[str, Any]]
    """Returns the JSON of an error, which fits the schema."""
    prefix: str = ""
    """Paths that begin with it have this shape even where there is no route; empty: none do."""


OUR_ERRORS = ErrorShape(ErrorBody, SentimentError.body)


@dataclass(frozen=True)
class Route:
    """One method on one path, which may have parameters: `/models/{model}`."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    summary: str
    role: Role
    reply: type[BaseModel] | TextReply
    """What a successful answer contains."""
    reply_summary: str
    status: int = 200
    """The status of a successful answer."""
    tag: Tag = "operations"
    body: type[Schema] | None = None
    """What the request contains; None for a request without a body."""
    read: Read | None = None
    """Reads a body that holds more than texts; None for one of texts and lists of texts."""
    media_types: tuple[str, ...] = ()
    """What a body may be declared as, besides JSON; empty where it is declared as nothing."""
    binary: bool = False
    """Whether bytes may follow the JSON of body and answer, as `application/octet-stream`."""
    headers: tuple[str, ...] = ()
    """Headers that the handler takes, empty where the request has none."""
    errors: tuple[type[SentimentError], ...] = ()
    """The errors that may be answered, besides those of every route (404, 405)."""
    errors_as: ErrorShape = OUR_ERRORS
    published: bool = True
    """Whether the OpenAPI document names it."""

    def __post_init__(self) -> None:
        """Refuse a role that no key can have, which would be that of nobody."""
        if self.role not in ROLES:
            raise ValueError(f"{self.path} has the role {self.role!r}; there are {ROLES}")

    @property
    def name(self) -> str:
        """The operation's name: that of its handler, and of what its path adds to it."""
        return self.handler.__name__ + ("_of_version" if "{version}" in self.path else "")
