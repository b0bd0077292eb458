"""API keys: what one is, how it is made, and how a presented one is recognised.

A key is 256 random bits, so nobody can guess one or search for one from its hash. That is
why the hash is a plain SHA-256 and not one for passwords: those are slow on purpose, to make
up for secrets that people invent, and a slow hash for each request would be a way to overload
the server. Nothing here knows files or HTTP.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sentiment.serving.access.roles import KeyRole

# Scanners for leaked secrets find a key by how it begins.
_PREFIX = "sentiment_"
_BYTES = 32
_LONGEST = 256  # characters; what is longer is none of our keys, and is not hashed
_NOBODY = bytes(_BYTES)


def new_key() -> str:
    """Return a new random key, in characters that a header may hold."""
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def hash_of(key: str) -> str:
    """Return the hash by which a key is known, as 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key, which is everything but the key."""

    name: str
    """Whose it is; several keys may have one name."""
    hash: str
    """Its SHA-256, as 64 hexadecimal digits."""
    roles: tuple[KeyRole, ...] = ("predict",)
    per_minute: int | None = None
    """Requests in a minute; None: what the server's settings say; 0: no limit."""
    tokens_per_minute: int | None = None
    until: date | None = None
    """The last day on which it is valid, in UTC; None: for ever."""

    @property
    def id(self) -> str:
        """What tells the keys of one name apart; nobody can use it."""
        return self.hash[:12]

    def expired(self, today: date | None = None) -> bool:
        """Return whether its last day is over; `today` is that of the clock unless given."""
        return self.until is not None and self.until < (today or datetime.now(UTC).date())


class KeyRing:
    """The keys that are valid now, to look up those that callers present.

    Each look-up hashes once, looks into a dictionary once and compares once, whether there is
    such a key or not and however many there are. The dictionary is indexed by a hash of the hash
    under a secret of the process, so that nobody can learn anything from the time it takes.
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self._secret = secrets.token_bytes(_BYTES)
        self._keys = {self._index(bytes.fromhex(key.hash)): key for key in keys}
        self._digests = {index: bytes.fromhex(key.hash) for index, key in self._keys.items()}

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[ApiKey]:
        return iter(self._keys.values())

    def find(self, presented: bytes) -> ApiKey | None:
        """Return the key that was presented, expired or not, None if there is no such key."""
        if len(presented) > _LONGEST:
            return None
        digest = hashlib.sha256(presented).digest()
        index = self._index(digest)
        same = hmac.compare_digest(digest, self._digests.get(index, _NOBODY))
        return self._keys.get(index) if same else None

    def _index(self, digest: bytes) -> bytes:
        return hashlib.blake2b(digest, key=self._secret, digest_size=16).digest()
