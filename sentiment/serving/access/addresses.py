"""The address of a caller, which only a trusted proxy may say for another.

`X-Forwarded-For` lists the callers that each proxy saw, the last proxy's at its end. Anybody can
send one, so it is read from its end, for as long as what is read is a trusted proxy too: what
stands before that may be made up, and changes nothing.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Forwarded addresses that are read, from the end; nobody has as many proxies in a row.
_MOST_HOPS = 20


class TrustedProxies:
    """The proxies that may say who asks."""

    def __init__(self, networks: Sequence[str]) -> None:
        """`networks` are addresses, or networks such as 10.0.0.0/8."""
        self._networks = [ipaddress.ip_network(each) for each in networks]

    def caller(self, peer: str, forwarded: Sequence[bytes]) -> str:
        """Return the address that asks, empty where there is none (a Unix socket).

        `peer` is that of the connection, `forwarded` the values of `X-Forwarded-For` in order.
        """
        address = _address(peer)
        if not self._networks or not self._trust(address):
            return "" if address is None else str(address)
        hops = b",".join(forwarded).decode("latin-1").rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
        for hop in reversed(hops):
            said = _address(_without_port(hop.strip()))
            if said is None:  # what a proxy did not write; what it has written ends here
                break
            address = said
            if not self._trust(said):
                break
        return "" if address is None else str(address)

    def _trust(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def shared_prefix(address: str) -> str:
    """Return what the addresses of one caller have in common.

    A caller with IPv6 has 2^64 addresses, which share their first half.
    """
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((int(ipaddress.IPv6Address(address)), 64), strict=False))


def address_of(peer: tuple[str, int] | None) -> str:
    """Return what the connections of one caller have in common, empty for a Unix socket."""
    host = peer[0] if peer else ""
    return _shared(host) if ":" in host else host


@lru_cache(4096)  # as many connections as there are by default, each with many requests
def _shared(host: str) -> str:
    address = _address(host)
    return host if address is None else shared_prefix(str(address))


def _address(text: str) -> Address | None:
    """Return an address; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return found if mapped is None else mapped


def _without_port(hop: str) -> str:
    """Return a forwarded address without the port that some proxies add."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
