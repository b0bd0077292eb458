"""The door that every request passes: by what name it asks, who it is, what it may, how much.

It knows callers, roles and limits, and neither routes nor texts. `http` asks it once for each
request, with the role that the route is for, and it raises what the caller is answered with.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence

from starlette.types import Scope

from sentiment.errors import HostRefused, KeyMissing, KeyRefused, LimitExceeded, RoleMissing
from sentiment.serving.access.addresses import TrustedProxies, shared_prefix
from sentiment.serving.access.caller import Caller
from sentiment.serving.access.hosts import AllowedHosts
from sentiment.serving.access.key_watch import WatchedKeys
from sentiment.serving.access.keys import ApiKey, KeyRing
from sentiment.serving.access.roles import Role, may
from sentiment.settings import AccessSettings

log = logging.getLogger("sentiment.access")

Headers = Sequence[tuple[bytes, bytes]]

Audit = Callable[[str, str], None]
"""Logs who is refused and why."""

# RFC 6750, section 3: no error code for a request that has no key at all.
_CHALLENGE = 'Bearer realm="sentiment"'
_INVALID = f'{_CHALLENGE}, error="invalid_token"'
_REMEDY = "Send `Authorization: Bearer KEY`, with a key that the server's operator has made."


class Door:
    """Lets requests in, or says why not."""

    def __init__(self, settings: AccessSettings) -> None:
        """Read the keys; raise an error in one line if they cannot be used."""
        self._requests = settings.requests_per_minute
        self._tokens = settings.tokens_per_minute
        self._hosts = AllowedHosts(settings.allowed_hosts)
        self._proxies = TrustedProxies(settings.trusted_proxies)
        self._keys = None if settings.api_keys_file is None else WatchedKeys(settings.api_keys_file)
        self._limiter = None
        if settings.counts:
            from sentiment.serving.access.limits import Limiter  # nothing is imported in vain

            self._limiter = Limiter(settings)

    def start(self) -> None:
        """Begin to look for changes of the keys, on the event loop that runs."""
        if self._keys is not None:
            self._keys.start()

    async def stop(self) -> None:
        """Look for changes no more, and close the connections to Redis."""
        if self._keys is not None:
            self._keys.stop()
        if self._limiter is not None:
            await self._limiter.close()

    def notice(self) -> str:
        """Return what the log of a server that starts says of who may ask."""
        if self._keys is None:
            return "no API keys: anyone who reaches this server may ask (SENTIMENT_API_KEYS_FILE)"
        return f"{len(self._keys.ring)} API keys may ask"

    async def admit(
        self, scope: Scope, role: Role, asked: str, probe: bool = False
    ) -> Caller | None:
        """Return who asks, None where nobody needs to know; raise `TurnedAway` to refuse.

        `asked` names the route in the log. A `probe` may use any name of the server.
        """
        headers: Headers = scope["headers"]
        if not probe and not self._hosts.allow(_values(headers, b"host")):
            raise HostRefused(
                "This server is not asked by that name.",
                "Use another Host, or add it to SENTIMENT_ALLOWED_HOSTS.",
            )
        if role == "anyone" or self._limiter is None:
            return None
        if self._keys is None:
            address = self._address(scope)
            caller = Caller(address, f"address/{shared_prefix(address)}")
            await self._limiter.admit(caller, self._requests, self._tokens)
            return caller

        def audit(who: str, reason: str) -> None:
            _audit(who, reason, f"{asked} from {self._address(scope) or 'a socket'}")

        key = _key_of(self._keys.ring, headers, role, audit)
        caller = Caller(key.name, f"key/{key.hash[:32]}", by_key=True)
        requests = self._requests if key.per_minute is None else key.per_minute
        tokens = self._tokens if key.tokens_per_minute is None else key.tokens_per_minute
        with _limits_audited(key, audit):
            await self._limiter.admit(caller, requests, tokens)
        if (charge := caller.charge_tokens) is not None:

            async def charge_audited(caller: Caller, tokens: int) -> None:
                with _limits_audited(key, audit):
                    await charge(caller, tokens)

            caller.charge_tokens = charge_audited
        return caller

    def _address(self, scope: Scope) -> str:
        peer = scope.get("client")
        return self._proxies.caller(
            peer[0] if peer else "", _values(scope["headers"], b"x-forwarded-for")
        )


def _key_of(ring: KeyRing, headers: Headers, role: Role, audit: Audit) -> ApiKey:
    """Return the key that a request has, if it is valid and has the role."""
    presented = _presented(headers)
    if not presented:
        raise KeyMissing("An API key is needed.", _REMEDY, {"WWW-Authenticate": _CHALLENGE})
    key = ring.find(presented.pop()) if len(presented) == 1 else None
    if key is None:
        reason = "several different keys" if presented else "no such key"
        audit("unknown key", reason)
        raise KeyRefused("The API key is not known.", _REMEDY, {"WWW-Authenticate": _INVALID})
    if key.expired():
        audit(f"key of {key.name}", f"its last day was {key.until}")
        raise KeyRefused("The API key has expired.", _REMEDY, {"WWW-Authenticate": _INVALID})
    if not may(key.roles, role):
        audit(f"key of {key.name}", f"it has not the role {role}")
        challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{role}"'
        raise RoleMissing(
            f"The API key has not the role {role}.",
            "Use one that has it.",
            {"WWW-Authenticate": challenge},
        )
    return key


def _presented(headers: Headers) -> set[bytes]:
    """Return the keys of a request. Several are ambiguous, unless they are the same."""
    found = set()
    for name, value in headers:
        if name == b"authorization":
            scheme, _, rest = value.strip().partition(b" ")
            if scheme.lower() == b"bearer":
                found.add(rest.strip())
        elif name == b"x-api-key":
            found.add(value.strip())
    return found - {b""}


@contextlib.contextmanager
def _limits_audited(key: ApiKey, audit: Audit) -> Iterator[None]:
    try:
        yield
    except LimitExceeded as error:
        audit(f"key of {key.name}", str(error))
        raise


def _audit(who: str, reason: str, asked: str) -> None:
    """Log a refused key, by name and never by itself.

    The name is a part of the message, not a value: as the log writes few lines of a kind in a
    second, a flood of wrong keys does not hide what becomes of the others.
    """
    log.warning(f"refused: {who}: %s (%s)", reason, asked)


def _values(headers: Headers, wanted: bytes) -> list[bytes]:
    return [value for name, value in headers if name == wanted]
