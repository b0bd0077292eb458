"""The settings of the server, which are read from its environment."""

import difflib
import os
import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from sentiment.errors import UsageError
from sentiment.settings.access import AccessSettings
from sentiment.settings.answers import AnswerSettings
from sentiment.settings.base import ENVIRONMENT_PREFIX, AtCommas, spell
from sentiment.settings.engine import EngineSettings
from sentiment.settings.feedback import FeedbackSettings
from sentiment.settings.model_name import MODEL_NAME, STORE_NAME
from sentiment.settings.own_key import OWN_KEY

# Variables that Kubernetes sets in every pod for a Service named `sentiment`, `sentiment-api`, …:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_SERVICE_LINK = re.compile(r"SENTIMENT_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)")

# Upper bounds. Each is far above what is of use, and below what does harm: what would take memory
# or threads until the machine stops, or never end.
_DAY_S = 86_400.0  # longer waits are mistakes; a deadline that never comes lets requests pile up
_STOP_S = 3600.0  # orchestrators kill what takes longer to stop, most of them after seconds
_BYTES = 1 << 30  # a body lies in memory, several times while it is parsed
_CHARACTERS = 100_000_000  # of a text that is cleaned and tokenised in memory
_TEXTS = 1_000_000  # of a list that is answered in one piece, in memory
_QUEUE_TOKENS = 100_000_000  # 4 GB of token ids; an hour's work for a hundred cores
_BATCH_TOKENS = 1_048_576  # a micro-batch's tensors take 10 KB a token and layer
_BATCH_TEXTS = 65_536  # texts of a few tokens in the largest micro-batch

_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
_USUAL_PORT = re.compile(r"http://.*:80|https://.*:443")


class ServingSettings(EngineSettings, FeedbackSettings, AnswerSettings, AccessSettings):
    """How the server answers; each value is read from `SENTIMENT_<NAME>`."""

    model: str = Field(
        MODEL_NAME, description="model to serve: a name (its newest version) or a tag"
    )
    max_body_bytes: int = Field(8 << 20, ge=1, le=_BYTES, description="bytes in a request body")
    max_bytes_in_flight: int = Field(
        0,
        ge=0,
        le=64 * _BYTES,
        description="bytes of all bodies that are read and not answered yet; past this a request "
        "is refused with 429; 0: four times SENTIMENT_MAX_BODY_BYTES",
    )
    min_body_rate: int = Field(
        8192,
        ge=1,
        le=_BYTES,
        description="bytes a second at which a body has to come, after 20 seconds; a slower one is "
        "given up with 408",
    )
    max_characters: int = Field(
        100_000, ge=1, le=_CHARACTERS, description="characters in a text, as sent and as cleaned"
    )
    max_texts: int = Field(1024, ge=1, le=_TEXTS, description="texts in a list")
    max_batch_tokens: int = Field(
        1536, ge=1, le=_BATCH_TOKENS, description="padded tokens in a micro-batch"
    )
    max_batch_texts: int = Field(64, ge=1, le=_BATCH_TEXTS, description="texts in a micro-batch")
    lookahead: int = Field(
        256,
        ge=1,
        le=_BATCH_TEXTS,
        description="waiting texts searched for similar lengths per micro-batch",
    )
    max_queue_tokens: int = Field(
        262_144,
        ge=1,
        le=_QUEUE_TOKENS,
        description="tokens waiting; past this, or past what half of `SENTIMENT_TIMEOUT` is enough "
        "for, a request is refused with 429. One key, or address with limits, has at most three "
        "quarters",
    )
    timeout: float = Field(
        60.0, gt=0, le=_DAY_S, description="seconds until a request is answered with 504"
    )
    drain_seconds: float = Field(
        30.0, ge=0, le=_STOP_S, description="seconds that a shutdown waits for requests in flight"
    )
    max_restarts: int = Field(
        5,
        ge=0,
        le=1000,
        description="workers started anew within five minutes; the next that dies ends the server",
    )
    show_texts: bool = Field(
        False,
        description="show a text of the model's validation split as the example in /docs, which "
        "whoever reaches the server can read",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="log lines as text, or each a JSON object (as in the image)"
    )
    max_connections: int = Field(
        4096,
        ge=16,
        le=65_536,  # each takes a file descriptor, and kilobytes here and in the kernel
        description="connections at once; past this the newest gets 503, unless it asks a probe. "
        "While requests wait on half of them, more are refused with 429",
    )
    max_connections_per_address: int = Field(
        2048,
        ge=1,
        le=65_536,
        description="connections at once from one address, on half of which requests may wait; a "
        "proxy has one for all of its callers",
    )
    header_seconds: float = Field(
        10.0,
        gt=0,
        le=3600,  # longer is no bound: a thousand callers could hold all connections with it
        description="seconds in which the headers of a request have to arrive",
    )
    path_prefix: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="path under which a proxy offers the server without removing it, such as /api",
    )
    cors_origins: AtCommas = Field(
        (),
        description="sites whose scripts may ask, with commas between them, such as "
        "https://app.example.org; * for any; without them no browser lets a script of another "
        "site read an answer",
    )

    @property
    def bytes_in_flight(self) -> int:
        """Bytes that all bodies in flight may have together."""
        return self.max_bytes_in_flight or 4 * self.max_body_bytes

    @field_validator("model")
    @classmethod
    def _check_model(cls, model: str) -> str:
        """Refuse now what is no tag, before BentoML looks for it in words of its own."""
        name, colon, version = model.lower().partition(":")
        if not all(map(STORE_NAME.fullmatch, [name, version] if colon else [name])):
            raise ValueError("It should be a name or a tag, such as sentiment or sentiment:abc123")
        return model

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what no browser sends as an Origin, which would have no effect."""
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin, such as https://app.example.org or "
                    "http://localhost:8080, without path and slash at its end"
                )
            if _USUAL_PORT.fullmatch(origin):
                raise ValueError(f"{origin!r} has the usual port, which browsers leave out")
        if "*" in origins and len(origins) > 1:
            raise ValueError("* is any origin, so it should stand alone")
        return origins

    @model_validator(mode="after")
    def _check_bytes(self) -> Self:
        if self.bytes_in_flight < self.max_body_bytes:
            raise ValueError(
                f"SENTIMENT_MAX_BYTES_IN_FLIGHT, {self.bytes_in_flight}, should be at least "
                f"SENTIMENT_MAX_BODY_BYTES, {self.max_body_bytes}"
            )
        return self

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings in `environment` (default: the process's own).

        Raises `UsageError` on a value out of range and on an unknown name with
        the prefix, because a misspelt limit would have no effect.
        """
        environment = os.environ if environment is None else environment
        given = {
            name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(ENVIRONMENT_PREFIX)
            and name != OWN_KEY
            and not _SERVICE_LINK.fullmatch(name)
        }
        for name in given:
            if name not in cls.model_fields:
                close = difflib.get_close_matches(name, cls.model_fields, n=1)
                hint = f"Did you mean {spell(close[0], '{NAME}')}?" if close else ""
                raise UsageError(f"{spell(name, '{NAME}')} is no setting of the server.", hint)
        return cls.parse(given, label="{NAME}")
