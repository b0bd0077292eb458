"""What a route of the HTTP contract is; the routes themselves are in `routes`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel
from starlette.responses import Response

from sentiment.errors import SentimentError
from sentiment.schema import Schema
from sentiment.serving.access.roles import ROLES, Role

Tag = Literal["predictions", "model", "operations"]

Handler = Callable[..., Awaitable[BaseModel | Response]]
"""Takes the model server, and fields of the body and headers by name; returns the answer."""


@dataclass(frozen=True)
class TextReply:
    """An answer that is not JSON."""

    media_type: str
    example: str
    others: tuple[str, ...] = ()
    """Media types in which it is answered too, if the request prefers one of them."""


@dataclass(frozen=True)
class Route:
    """One method on one path."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    summary: str
    role: Role
    """Whom it is for; there is no default, so that nobody forgets to decide."""
    reply: type[Schema] | TextReply
    """What a successful answer contains."""
    reply_summary: str
    tag: Tag = "operations"
    body: type[Schema] | None = None
    """What the request contains; None for a request without a body."""
    headers: tuple[str, ...] = ()
    """Headers that the handler takes, empty where the request has none."""
    errors: tuple[type[SentimentError], ...] = ()
    """The errors that may be answered, besides those of every route (404, 405)."""
    published: bool = True
    """Whether the OpenAPI document names it."""

    def __post_init__(self) -> None:
        """Refuse a role that no key can have, which would be that of nobody."""
        if self.role not in ROLES:
            raise ValueError(f"{self.path} has the role {self.role!r}; there are {ROLES}")

    @property
    def name(self) -> str:
        """The operation's name, which is that of its handler."""
        return self.handler.__name__
