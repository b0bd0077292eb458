"""The names under which the server may be asked.

A web page of somebody else can make a browser ask a server inside a network, under a name that
the page's owner has (DNS rebinding). Where names are set, no other is answered.
"""

import contextlib
import ipaddress
from collections.abc import Sequence


class AllowedHosts:
    """The names that a `Host` header may have; `*.example.org` is all names below that one."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(_name(name) for name in names if not name.startswith("*."))
        self._below = tuple(name[1:] for name in names if name.startswith("*."))

    def allow(self, hosts: Sequence[bytes]) -> bool:
        """Return whether a request with these `Host` headers is answered; there should be one."""
        if not self._names and not self._below:
            return True
        if len(hosts) != 1:
            return False
        name = _name(hosts[0].decode("latin-1"))
        return name in self._names or (bool(self._below) and name.endswith(self._below))


def _name(host: str) -> str:
    """Return a `Host` without its port, in small letters and without the dot of the root."""
    name, colon, port = host.strip().rpartition(":")
    if not colon or (host.startswith("[") and not name.endswith("]")):
        name, port = host.strip(), ""
    if port and not (port.isascii() and port.isdigit()):
        return ""
    if name.startswith("[") and name.endswith("]"):
        with contextlib.suppress(ValueError):  # an address can be written in several ways
            return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    return name.lower().removesuffix(".")
