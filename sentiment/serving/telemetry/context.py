"""The request that is being answered: its ids, which log lines carry, and its stages.

Whatever runs for a request, down to the runner, finds it without being handed it. Spans are
made of it in `tracing`.
"""

import re
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from random import getrandbits
from typing import Self

from sentiment.serving.telemetry.stages import Stages

REQUEST_ID = "x-request-id"
"""The header in which a caller may give an id, and in which it is answered."""

_TAKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class RequestContext:
    """One request."""

    request_id: str
    trace_id: str = ""
    """As `traceparent` has it; empty where predictions are not traced."""
    span_id: str = ""
    stages: Stages | None = None
    """When each stage began and ended; None where nobody asks."""
    _before: "Token[RequestContext | None]" = field(init=False, repr=False, compare=False)

    @classmethod
    def of(cls, given: str | None) -> Self:
        """Return the context of a request with the id that its caller gave, else with a new one.

        Only letters, digits, `.`, `_` and `-` are taken, at most 64, as it goes into the log.
        """
        taken = given is not None and _TAKEN.fullmatch(given)
        return cls(given if given and taken else f"{getrandbits(128):032x}")

    def ids(self) -> dict[str, str]:
        """Return the ids that there are, by the names that log lines have for them."""
        named = {
            "request_id": self.request_id,
            "trace_id": self.trace_id,
            "span_id": self.span_id,
        }
        return {name: value for name, value in named.items() if value}

    def __enter__(self) -> Self:
        """Let this be the request that is answered."""
        self._before = _CURRENT.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._before)


_CURRENT: ContextVar[RequestContext | None] = ContextVar("request", default=None)


def current_request() -> RequestContext | None:
    """Return the request that is answered here, None in what runs for no single one."""
    return _CURRENT.get()


def current_stages() -> Stages | None:
    """Return the stages of the request that is answered here, if anybody asks for them."""
    request = _CURRENT.get()
    return None if request is None else request.stages
