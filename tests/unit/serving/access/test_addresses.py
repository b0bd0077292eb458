"""Whose address counts: that of the connection, unless a trusted proxy says another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.serving.access.addresses import TrustedProxies, shared_prefix

PROXIES = TrustedProxies(["10.0.0.0/8", "fd00::/8", "192.0.2.1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.7", ["1.2.3.4"], "203.0.113.7"),  # no proxy of ours: what it says is made up
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["1.2.3.4", "203.0.113.7"], "203.0.113.7"),  # on two lines
        ("10.0.0.1", ["1.2.3.4, 203.0.113.7, 10.0.0.2, 192.0.2.1"], "203.0.113.7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("fd00::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["1.2.3.4, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["", ","], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4," * 100_000 + "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["10.0.0.2," * 100_000], "10.0.0.1"),
        ("", ["203.0.113.7"], ""),  # a Unix socket
    ],
)
def test_who_asks(peer: str, forwarded: list[str], caller: str) -> None:
    assert PROXIES.caller(peer, [each.encode() for each in forwarded]) == caller


@given(forged=st.lists(st.text(st.characters(max_codepoint=255)), max_size=4))
def test_nothing_that_a_caller_sends_changes_its_address(forged: list[str]) -> None:
    values = [each.encode("latin-1") for each in forged]
    assert TrustedProxies([]).caller("203.0.113.7", values) == "203.0.113.7"
    assert PROXIES.caller("203.0.113.7", values) == "203.0.113.7"
    assert PROXIES.caller("10.0.0.1", [*values, b"203.0.113.7"]) == "203.0.113.7"


def test_the_addresses_of_one_network_of_ipv6_are_one_caller() -> None:
    assert shared_prefix("2001:db8:1:2::7") == shared_prefix("2001:db8:1:2:ffff::1")
    assert shared_prefix("2001:db8:1:2::7") != shared_prefix("2001:db8:1:3::7")
    assert shared_prefix("203.0.113.7") == "203.0.113.7"
