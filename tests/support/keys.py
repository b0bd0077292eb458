"""Files of API keys for tests."""

from datetime import date
from pathlib import Path

from sentiment.serving.access.keys import ApiKey, hash_of, new_key
from sentiment.serving.access.keys_file import add_key
from sentiment.serving.access.roles import KEY_ROLES, KeyRole


class Keys:
    """A file of keys, and the keys themselves."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "keys.txt"

    def add(
        self,
        name: str,
        *roles: KeyRole,
        per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        until: date | None = None,
    ) -> str:
        """Add a key and return it."""
        made = new_key()
        limits = (per_minute, tokens_per_minute)
        add_key(self.path, ApiKey(name, hash_of(made), roles or ("predict",), *limits, until))
        return made

    def add_one_for_each_role(self) -> dict[KeyRole, str]:
        return {role: self.add(role, role) for role in KEY_ROLES}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
