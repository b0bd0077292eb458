"""Whether a host is this machine, which is asked without a proxy and without asking DNS."""

import ipaddress
import socket
from urllib.parse import urlsplit

_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")  # of /etc/hosts


def is_here(host: str) -> bool:
    """Return whether a host, as it stands in a URL, is this machine by its address or name.

    0.0.0.0 and ::, at which servers say that they listen, lead to it too.
    """
    name = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if name in _NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(_spelt_out(name))
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def url_is_here(url: str) -> bool:
    """Return the same of the host of a URL, False for what is none."""
    try:
        return is_here(urlsplit(url).hostname or "?")
    except ValueError:
        return False


def _spelt_out(name: str) -> str:
    """Return an IPv4 address with all of its four numbers, which the system can do without."""
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, UnicodeError):  # anything else
        return name
