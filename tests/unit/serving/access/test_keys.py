"""Keys, and how a presented one is recognised."""

import hmac
from datetime import date

import pytest

from sentiment.serving.access.keys import ApiKey, KeyRing, hash_of, new_key


def ring(*keys: str) -> KeyRing:
    return KeyRing([ApiKey(f"name-{place}", hash_of(key)) for place, key in enumerate(keys)])


def test_keys_are_long_random_and_fit_into_a_header() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert key.startswith("sentiment_")
        assert len(key) >= 43 + len("sentiment_")  # 256 bits in base64
        assert key.isascii()
        assert " " not in key


def test_a_key_is_found_by_itself_and_by_nothing_else() -> None:
    first, second = new_key(), new_key()
    keys = ring(first, second)
    found = keys.find(second.encode())
    assert found is not None
    assert found.name == "name-1"
    assert keys.find(hash_of(first).encode()) is None


@pytest.mark.parametrize(
    "presented",
    [
        b"",
        b"sentiment_",
        b"\xff\xfe",
        "schlüssel".encode(),
        "schlüssel".encode("latin-1"),
        b"\x00" * 32,
        b"a" * 10_000_000,
    ],
    ids=["empty", "prefix", "no UTF-8", "UTF-8", "Latin-1", "zeros", "10 MB"],
)
def test_what_is_no_key_is_not_found(presented: bytes) -> None:
    assert ring(new_key()).find(presented) is None


def test_a_part_of_a_key_and_a_longer_one_are_not_found() -> None:
    key = new_key()
    keys = ring(key)
    for other in (key[:-1], f"{key}a", f" {key}", key.swapcase(), key * 10):
        assert keys.find(other.encode()) is None


def test_a_look_up_compares_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [new_key() for _ in range(50)]
    known = ring(*keys)
    compared = []
    compare = hmac.compare_digest

    def counting(first: bytes, second: bytes) -> bool:
        compared.append((len(first), len(second)))
        return compare(first, second)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    for presented in (keys[0], keys[-1], keys[0][:-1] + "a", "nothing", ""):
        compared.clear()
        known.find(presented.encode())
        assert compared == [(32, 32)]


def test_an_empty_ring_lets_nobody_in_not_even_with_the_hash_of_nobody() -> None:
    assert KeyRing([]).find(b"") is None
    assert KeyRing([]).find(bytes(32)) is None


@pytest.mark.parametrize(
    ("until", "expired"),
    [
        (None, False),
        (date(2026, 5, 2), False),
        (date(2026, 5, 1), False),
        (date(2026, 4, 30), True),
    ],
)
def test_a_key_is_valid_on_its_last_day(until: date | None, expired: bool) -> None:
    assert ApiKey("a", "0" * 64, until=until).expired(date(2026, 5, 1)) is expired
