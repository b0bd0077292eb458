"""What a caller may do: the roles of API keys, and whom a route is for."""

from collections.abc import Collection
from typing import Literal, get_args

KeyRole = Literal["predict", "metrics", "admin"]
"""What a key is for. `admin` may do what every other role may."""

Role = Literal["anyone"] | KeyRole
"""Whom a route is for: anyone, such as a load balancer, or a caller with a role."""

KEY_ROLES: tuple[KeyRole, ...] = get_args(KeyRole)

ROLES: tuple[Role, ...] = ("anyone", *KEY_ROLES)


def may(roles: Collection[KeyRole], asked: Role) -> bool:
    """Return whether a caller with these roles may use a route that is for `asked`."""
    return asked == "anyone" or asked in roles or "admin" in roles
