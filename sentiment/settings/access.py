"""The settings of access: keys, limits, hosts, proxies."""

import ipaddress
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from sentiment.settings.base import AtCommas, Settings

_PER_MINUTE = 1_000_000_000  # requests or tokens that no server comes to

_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_REDIS = re.compile(r"rediss?://[^/?#]+(/\d*)?(\?[^#]*)?")


class AccessSettings(Settings):
    """Who may ask the server, and how much."""

    api_keys_file: Path | None = Field(
        None,
        description="file of the API keys that may ask, written by `python -m sentiment.keys`; "
        "without it whoever reaches the server may",
    )
    requests_per_minute: int = Field(
        0,
        ge=0,
        le=_PER_MINUTE,
        description="requests in a minute of each key that has no limit of its own, or of each "
        "address where there are no keys; 0: no limit",
    )
    tokens_per_minute: int = Field(
        0,
        ge=0,
        le=_PER_MINUTE,
        description="tokens in a minute that the encoder computes for each of them; 0: no limit",
    )
    redis_url: str = Field(
        "",
        description="where the servers that share these limits count, such as "
        "redis://:password@host:6379/0 or rediss://…; without it each counts for itself",
    )
    without_redis: Literal["open", "closed"] = Field(
        "open",
        description="while Redis cannot be reached, open: no limits, closed: 503",
    )
    allowed_hosts: AtCommas = Field(
        (),
        description="names that the Host of a request may be, with commas between them, such as "
        "api.example.org,*.example.net; without them any, and probes may use any",
    )
    trusted_proxies: AtCommas = Field(
        (),
        description="addresses or networks, with commas between them, of proxies whose "
        "X-Forwarded-For says who asks, such as 10.0.0.0/8; without them it is ignored",
    )

    @property
    def counts(self) -> bool:
        """Whether requests or tokens of anyone may be limited."""
        limits = self.requests_per_minute or self.tokens_per_minute
        return bool(self.api_keys_file or limits)

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what no Host could be, ports included."""
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(
                    f"{host!r} is no name of a host such as api.example.org, *.example.net, "
                    "10.0.0.1 or [::1], without scheme, port and path"
                )
        return hosts

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                first = ipaddress.ip_network(proxy).network_address
            except ValueError:
                raise ValueError(
                    f"{proxy!r} is neither an address nor a network such as 10.0.0.0/8"
                ) from None
            if isinstance(first, ipaddress.IPv6Address) and first.ipv4_mapped is not None:
                raise ValueError(f"{proxy!r} should be written as IPv4, such as 10.0.0.0/8")
        return proxies

    @model_validator(mode="after")
    def _check_redis(self) -> Self:
        """Refuse what is half configured. No message has the URL, which may hold a password."""
        if "without_redis" in self.model_fields_set and not self.redis_url:
            raise ValueError("SENTIMENT_WITHOUT_REDIS has no effect without SENTIMENT_REDIS_URL")
        if not self.redis_url:
            return self
        if not _REDIS.fullmatch(self.redis_url):
            raise ValueError(
                "SENTIMENT_REDIS_URL should begin with redis://HOST or rediss://HOST, and end "
                "with a number if with /0; in a password, / is %2F, ? is %3F and # is %23"
            )
        if not self.counts:
            raise ValueError(
                "SENTIMENT_REDIS_URL has no effect without limits: set SENTIMENT_API_KEYS_FILE, "
                "SENTIMENT_REQUESTS_PER_MINUTE or SENTIMENT_TOKENS_PER_MINUTE"
            )
        return self
